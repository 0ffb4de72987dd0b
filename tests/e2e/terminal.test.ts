import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { cellsOf } from '../../cli/terminal/width.ts'
import { createDatabase } from '../postgres.ts'
import { ROOT } from '../sensorium-process.ts'

const HOSTILE = '\u001b]8;;http://evil.example\u001b\\x\u001b[2J\u009b31m\u202etxt\u200b'
const ACTING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u202e]/

/** Our colours. */
const OURS = /\u001b\[(?:0|1|2|31|32|33)m/g

/** On a terminal of its own (script, of util-linux). */
async function onTerminal(args: readonly string[], url: string, columns = 80, environment = {}): Promise<string> {
  const words = [process.execPath, path.join(ROOT, 'bin/sensorium.mjs'), ...args]
  const line = words.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const { stdout } = await promisify(execFile)(
    'script',
    ['-qec', `stty cols ${columns}; ${line} || true`, '/dev/null'],
    {
      env: { ...process.env, TERM: 'xterm-256color', DATABASE_URL: url, ...environment },
    },
  )
  return stdout
}

test('whatever a sender wrote, a terminal shows it and does nothing: cells, headings, errors, JSON', async () => {
  const { url } = await createDatabase()
  const value = `U&'${[...HOSTILE].map(char => `\\${char.codePointAt(0)!.toString(16).padStart(4, '0')}`).join('')}'`
  for (const [args, expected] of [
    [['sql', `SELECT ${value} AS cell`], /evil\.example/],
    [['sql', `SELECT 1 AS U&"${value.slice(3, -1)}"`], /evil\.example/],
    [['sql', `SELECT (${value})::int`], /invalid input syntax/],
    [['sql', `SELECT ${value} AS cell`, '--json'], /"cell"/],
    [['groups', 'show', HOSTILE.replaceAll('\u0000', '')], /evil\.example/],
    [['search', HOSTILE, '--since', HOSTILE], /evil\.example/],
  ] as const) {
    const text = await onTerminal(args, url)
    assert.match(text, expected)
    assert.doesNotMatch(text.replaceAll(OURS, ''), ACTING, args.join(' '))
  }
})

test('what is printed fits the terminal at 60 and 120 columns, with colours and without', async () => {
  const { url } = await createDatabase()
  const wide = "SELECT n, repeat('word ', 40) AS prose, '60f6bd12dfdbd57f' AS id FROM generate_series(1, 3) n"
  for (const columns of [60, 120]) {
    for (const environment of [{}, { NO_COLOR: '1' }]) {
      for (const args of [['sql', wide], ['schema'], ['schema', 'application_logs'], ['groups', 'list']]) {
        const text = await onTerminal(args, url, columns, environment)
        assert.equal('NO_COLOR' in environment, !OURS.test(text), args.join(' '))
        OURS.lastIndex = 0
        for (const line of text.replaceAll(OURS, '').split(/\r?\n/)) {
          assert.ok(cellsOf(line) <= columns, `${columns}: ${args.join(' ')}: ${line}`)
        }
      }
    }
  }
})
