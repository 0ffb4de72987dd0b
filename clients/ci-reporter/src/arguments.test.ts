import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HELP, readArguments, UsageError } from './arguments.ts'

const WRONG: readonly (readonly string[])[] = [
  [],
  ['report'],
  ['reprot', 'junit.xml'],
  ['report', 'junit.xml', '--format', 'x'],
  ['report', 'junit.xml', '--attempt', '0'],
  ['report', 'junit.xml', '--attempt', '1.5'],
  ['report', 'junit.xml', '--url', 'nonsense'],
  ['report', 'junit.xml', '--timeout-ms', 'soon'],
  ['report', 'junit.xml', '--build-event', 'build_complete'],
  ['report', 'junit.xml', '--flush-only'],
  ['report', 'junit.xml', '--build-event', 'build_complete', '--status', 'good'],
  ['build-event'],
  ['build-event', '--type', 'deployed', '--status', 'success'],
  ['build-event', '--type', 'build_start', '--status', 'good'],
  ['build-event', '--type', 'build_start', '--status', 'success', '--started-at', 'noon'],
  ['build-event', 'junit.xml', '--type', 'build_start', '--status', 'success'],
  ['--what'],
]

for (const args of WRONG) {
  test(`wrong use is told: sensorium-ci ${args.join(' ')}`, () => {
    assert.throws(() => readArguments(args), UsageError)
  })
}

test('what is given goes where it belongs', () => {
  const { files, isDryRun, options } = readArguments(
    'report a.xml b.json --format junit --run-id r --attempt 3 --source-dirs ./lib/,app --url https://s.example/ingest/ci --token t --spool d --timeout-ms 50 --dry-run'.split(
      ' ',
    ),
  )
  assert.deepEqual([files, isDryRun], [['a.xml', 'b.json'], true])
  assert.deepEqual(options, {
    format: 'junit',
    buildEvents: [],
    sourceFolders: ['lib', 'app'],
    runId: 'r',
    attempt: 3,
    url: 'https://s.example/ingest/ci',
    token: 't',
    spool: 'd',
    timeoutMs: 50,
  })
  assert.equal(readArguments(['report', 'a', '--format', 'auto']).options.format, undefined)
})

test('a start begins now and a completion ends now, unless the command says when', () => {
  const eventOf = (...args: string[]) =>
    readArguments(['build-event', '--status', 'success', ...args]).options.buildEvents![0]!
  const start = eventOf('--type', 'deploy_start')
  assert.ok(Math.abs(Date.parse(start.started_at!) - Date.now()) < 60_000)
  assert.equal(start.completed_at, undefined)
  const end = eventOf(
    '--type',
    'build_complete',
    '--started-at',
    '2026-11-20T10:00:00+01:00',
    '--completed-at',
    '2026-11-20',
  )
  assert.deepEqual([end.started_at, end.completed_at], ['2026-11-20T09:00:00.000Z', '2026-11-20T00:00:00.000Z'])
})

test('the help names every option', () => {
  for (const option of [
    '--format',
    '--build-event',
    '--source-dirs',
    '--flush-only',
    '--type',
    '--status',
    '--environment',
    '--started-at',
    '--completed-at',
    '--artifacts',
    '--error',
    '--run-id',
    '--attempt',
    '--url',
    '--token',
    '--spool',
    '--timeout-ms',
    '--dry-run',
  ]) {
    assert.ok(HELP.includes(`  ${option} `), option)
  }
})
