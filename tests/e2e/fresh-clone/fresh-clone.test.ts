import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { cellsOf } from '../../../cli/terminal/width.ts'
import { ROOT } from '../../sensorium-process.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import type { Seen } from './person.ts'

const FIRST_RECORD_S = 120
const EXPLAINED_S = 300
/** Our colours. */
const COLOURS = /\u001b\[(?:0|1|2|31|32|33)m/g
/** What was on a line before it was erased: npx turns a bar while it starts. */
const ERASED = /[^\n]*\u001b\[1G\u001b\[0K/g
/** What a terminal is told beside colours: lines that are drawn again. */
const MOVES = /\u001b\[[0-9;?]*[A-Za-z]|\r(?!\n)/g
/** Commands whose text is kept, line by line, in transcript.txt: what others find changes with the demo and the ranking. */
const KEPT = /^(?:npm start|npm run demo|curl|npx sensorium sql)/

test('a fresh clone by README alone: the first record in 2 minutes, the demo’s incident explained in 5, whatever the terminal', async () => {
  const folder = freshCopy()
  const seen = await person(folder)
  const find = (begin: string) => seen.filter(({ command }) => command.startsWith(begin))
  for (const { command, status, text } of seen) assert.equal(status, 0, `${command}: ${text}`)

  const [record] = find('curl')
  assert.match(record!.text, /hello.*info.*first light/)
  assert.ok(record!.endedS < FIRST_RECORD_S, `the first record took ${record!.endedS} s`)

  const { incident } = JSON.parse(readFileSync(path.join(folder, 'data/demo-truth.json'), 'utf8')) as Truth // the demo's
  const explained = find('npx sensorium explain')
  assert.ok(explained[0]!.endedS < EXPLAINED_S, `the incident was explained after ${explained[0]!.endedS} s`)
  for (const { text } of explained) {
    const words = plain(text).replaceAll(/\s+/g, ' ')
    for (const told of [incident.service, incident.deploy.version, incident.exception.type])
      assert.ok(words.includes(told), `${told}: ${text}`)
  }

  for (const { command, columns, isPlain, text } of seen.slice(1)) {
    if (isPlain) assert.doesNotMatch(text, COLOURS, command)
    if (command.includes('demo') || command.startsWith('curl') || command.includes('tail')) continue
    for (const line of plain(text).split(/\r?\n/)) {
      // A path or an id that is wider than the terminal stays whole.
      assert.ok(cellsOf(line) <= columns || !line.trim().includes(' '), `${columns}: ${command}: ${line}`)
    }
  }
  assert.ok(find('npx').some(({ isPlain, text }) => !isPlain && COLOURS.test(text)))
  compare(seen.filter(({ command }) => KEPT.test(command)))
})

interface Truth {
  readonly incident: {
    readonly service: string
    readonly deploy: { readonly version: string }
    readonly exception: { readonly type: string }
  }
}

/** All that git would give, without the past. */
function freshCopy(): string {
  const folder = path.join(temporaryFolder('fresh'), 'sensorium')
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8' })
  for (const file of files.split('\0').filter(name => name !== '' && existsSync(path.join(ROOT, name)))) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    copyFileSync(path.join(ROOT, file), path.join(folder, file))
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
  return folder
}

/** The usual ports are taken on a machine where somebody works: a network of its own has them all. */
async function person(folder: string): Promise<readonly Seen[]> {
  const inside = ['--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--', 'bash', '-c']
  const { PATH = '' } = process.env
  const { stdout } = await promisify(execFile)(
    'unshare',
    [
      ...inside,
      'ip link set lo up && exec "$0" "$@"',
      process.execPath,
      path.join(import.meta.dirname, 'person.ts'),
      folder,
    ],
    {
      maxBuffer: 64 * 1024 * 1024,
      env: {
        PATH: `${path.dirname(process.execPath)}${path.delimiter}${PATH}`,
        HOME: path.dirname(folder),
        TERM: 'xterm-256color',
        npm_config_offline: 'true',
        npm_config_update_notifier: 'false',
      },
    },
  )
  return JSON.parse(stdout) as readonly Seen[] // person.ts prints it
}

function plain(text: string): string {
  return text.replaceAll(ERASED, '').replaceAll(COLOURS, '').replaceAll(MOVES, '')
}

const TRANSCRIPT = path.join(import.meta.dirname, 'transcript.txt')

/** `UPDATE_TRANSCRIPT=1 node --test …` keeps what was seen. */
function compare(seen: readonly Seen[]): void {
  const text = seen
    .filter(({ isPlain, columns }) => isPlain || columns === 120)
    .map(one => `$ ${one.command}    (${one.columns} columns${one.isPlain ? ', NO_COLOR' : ''})\n${steady(one)}\n`)
    .join('\n')
  if (process.env.UPDATE_TRANSCRIPT) writeFileSync(TRANSCRIPT, text)
  assert.equal(text, readFileSync(TRANSCRIPT, 'utf8'))
}

/** What differs from run to run is masked: numbers, times, the login of the database. */
function steady({ command, text }: Seen): string {
  const whole = plain(text)
  // What it waited for, and how long, is another thing on each machine.
  const lines = whole
    .slice(Math.max(0, whole.search(/Sensorium \S+ is ready/)))
    .split(/\r?\n/)
    .map(line => line.trimEnd())
    .filter(line => line !== '' && !/^traces \d|^\d+ % of/.test(line))
  // Rows without an order come in any.
  const ordered = command.includes(' sql ') ? lines.sort() : lines
  return ordered
    .join('\n')
    .replaceAll(/postgres:\/\/\S+/g, 'postgres://…')
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+\S*/g, '<time>')
    .replaceAll(/\d+(?:\.\d+)*/g, '#')
    .replaceAll(/─+/g, '─')
    .replaceAll(/ {2,}/g, '  ')
}
