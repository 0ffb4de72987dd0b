import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createDatabase } from '../postgres.ts'
import { ROOT } from '../sensorium-process.ts'

const HOSTILE = '\u001b]8;;http://evil.example\u001b\\x\u001b[2J\u009b31m\u202etxt\u200b'
const ACTING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u202e]/

/** On a terminal of its own (script, of util-linux). */
async function onTerminal(args: readonly string[], url: string): Promise<string> {
  const words = [process.execPath, path.join(ROOT, 'bin/sensorium.mjs'), ...args]
  const line = words.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const { stdout } = await promisify(execFile)('script', ['-qec', `${line} || true`, '/dev/null'], {
    env: { ...process.env, DATABASE_URL: url },
  })
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
    assert.doesNotMatch(text, ACTING, args.join(' '))
  }
})
