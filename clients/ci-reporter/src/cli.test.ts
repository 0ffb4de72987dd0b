import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { openReceiver, type Received } from '../../delivery/testing/receiver.ts'

const CLI = path.join(import.meta.dirname, 'cli.ts')
const JUNIT = `<testsuite name="cart" time="1.5"><testcase name="adds"><failure message="TypeError: x">TypeError: x
    at f (src/a.ts:2:1)</failure></testcase><testcase name="ok"/><testcase name="later"><skipped/></testcase></testsuite>`
const ESLINT = JSON.stringify([
  { filePath: 'src/a.ts', messages: [{ ruleId: 'semi', severity: 2, message: 'no', line: 2, column: 1 }] },
  { filePath: 'private/b.ts', messages: [{ ruleId: 'semi', severity: 2, message: 'no', line: 1, column: 1 }] },
])

/** A repository with a commit, a lockfile, some code and two reports. */
function makeRepository(): string {
  const folder = temporaryFolder('ci-reporter')
  const files = {
    'package-lock.json': '{}',
    'src/a.ts': 'one\ntwo\n',
    'private/b.ts': 'secret\n',
    'junit.xml': JUNIT,
    'eslint.json': ESLINT,
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  const git = (...args: string[]) =>
    assert.equal(spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder }).status, 0)
  git('init', '-q', '-b', 'trunk')
  git('remote', 'add', 'origin', 'https://user:hunter2@git.example/acme/shop.git')
  git('add', 'src')
  git('commit', '-qm', 'one')
  return folder
}

function start(folder: string, args: readonly string[], environment: Record<string, string> = {}) {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    npm_config_user_agent: 'npm/11.2.0 node/v24 linux x64',
    ...environment,
  }
  return spawn(process.execPath, [CLI, ...args], { cwd: folder, env })
}

async function run(folder: string, args: readonly string[], environment: Record<string, string> = {}) {
  const child = start(folder, args, environment)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

const jsonOf = ({ body }: Received) =>
  JSON.parse(body.toString()) as Record<string, Record<string, unknown>> & { lint_failures: object[] } // what the reporter sends

test('everything given is one run with its environment; code leaves allow-listed folders only', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  const { code, stdout, stderr } = await run(folder, ['report', 'junit.xml', 'eslint.json'], {
    SENSORIUM_CI_URL: `${receiver.url}/ingest/ci`,
    SENSORIUM_CI_TOKEN: 'secret-token',
  })
  assert.deepEqual([code, stdout, stderr], [0, 'sensorium-ci: 1 report sent, 0 waiting, 0 refused\n', ''])
  const [request] = receiver.requests
  assert.deepEqual([request!.path, request!.headers.authorization], ['/ingest/ci', 'Bearer secret-token'])
  const { run: sent, test_failures, lint_failures } = jsonOf(request!)
  const commit = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' }).stdout.trim()
  assert.match(String(sent!.run_id), /^local\//)
  assert.partialDeepStrictEqual(sent, {
    repository: 'acme/shop',
    branch: 'trunk',
    commit_sha: commit,
    source: 'local',
    ci_provider: 'local',
    node_version: process.version,
    package_manager: 'npm 11.2.0',
    lockfile_hash: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    attempt: 1,
    total_tests: 3,
    passed_tests: 1,
    failed_tests: 1,
    skipped_tests: 1,
    duration_ms: 1_500,
    metadata: { formats: ['junit', 'eslint'] },
  })
  assert.partialDeepStrictEqual(test_failures, [
    { test_name: 'adds', error_type: 'TypeError', outcome: 'failed', file_path: 'src/a.ts', line_number: 2 },
  ])
  assert.partialDeepStrictEqual(lint_failures, [
    { rule: 'semi', source: 'two' },
    { rule: 'semi', file_path: 'private/b.ts' },
  ])
  assert.ok(!('source' in lint_failures[1]!))
  assert.ok(!String(request!.body).includes('hunter2'))
})

test('a report that fails to go is told in one line, is kept, and does not fail the build; the next run sends it', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  const report = (id: string) => run(folder, ['report', 'junit.xml', '--run-id', id, '--url', receiver.url])
  await receiver.away()
  const first = await report('one')
  assert.equal(first.code, 0)
  assert.match(first.stderr, /^sensorium-ci: warning: Sensorium at .* cannot be reached: ECONNREFUSED.*: 1 report\n$/)
  await receiver.back()
  receiver.answer = () => ({ status: 401, body: 'told' })
  const second = await report('two')
  assert.equal(second.code, 0)
  assert.match(second.stderr, /^sensorium-ci: warning: .*token: 401 told.*: 2 reports\n$/)
  assert.equal(spawnSync('git', ['status', '--porcelain', '.sensorium-ci'], { cwd: folder }).stdout.length, 0)
  receiver.answer = () => ({ status: 202 })
  receiver.requests.length = 0
  const last = await run(folder, ['report', '--flush-only', '--url', receiver.url])
  assert.match(last.stdout, /2 reports sent, 0 waiting/)
  assert.deepEqual(
    receiver.requests.map(request => jsonOf(request).run!.run_id),
    ['one', 'two'],
  )
})

test('a process that is killed while it sends loses nothing', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const child = start(folder, ['report', 'junit.xml', '--run-id', 'killed', '--url', receiver.url])
  await receiver.received(1)
  child.kill('SIGKILL')
  await once(child, 'close')
  receiver.answer = () => ({ status: 202 })
  await run(folder, ['report', '--flush-only', '--url', receiver.url])
  assert.equal(jsonOf(receiver.requests[1]!).run!.run_id, 'killed')
})

test('reports of several processes at once all arrive', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  const ids = ['a', 'b', 'c', 'd']
  const results = await Promise.all(
    ids.map(id => run(folder, ['report', 'junit.xml', '--run-id', id, '--url', receiver.url])),
  )
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0, 0, 0],
  )
  // One may have sent what another kept; Sensorium stores equal bodies once.
  assert.deepEqual([...new Set(receiver.requests.map(request => jsonOf(request).run!.run_id))].sort(), ids)
  assert.deepEqual(readdirSync(path.join(folder, '.sensorium-ci/spool')), ['.gitignore'])
})

test('what cannot be read is told, the rest is reported, and the exit code and the outcome say so', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  writeFileSync(path.join(folder, 'notes.txt'), 'all good')
  writeFileSync(path.join(folder, 'green.xml'), '<testsuite><testcase name="a"/></testsuite>')
  writeFileSync(
    path.join(folder, 'utf16.json'),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(ESLINT, 'utf16le')]),
  )
  const files = ['notes.txt', 'missing.xml', 'src', 'junit.xml', 'utf16.json']
  const { code, stderr } = await run(folder, ['report', ...files, '--url', receiver.url])
  assert.equal(code, 3)
  assert.match(stderr, /notes\.txt is of no format that is known.*\n.*missing\.xml is not there\n.*src EISDIR/)
  const sent = jsonOf(receiver.requests[0]!)
  assert.equal(sent.lint_failures.length, 2)
  assert.equal((sent.run!.metadata as { faults: string[] }).faults.length, 3)
  const none = await run(folder, ['report', 'notes.txt', '--url', receiver.url])
  assert.deepEqual([none.code, receiver.requests.length], [3, 2])
  assert.partialDeepStrictEqual(jsonOf(receiver.requests[1]!).run, {
    outcome: 'unreadable',
    total_tests: 0,
    metadata: { unreadable: 1 },
  })
  const green = await run(folder, ['report', 'notes.txt', 'green.xml', '--dry-run'])
  assert.equal(green.code, 3)
  assert.match(green.stdout, /"outcome":"unreadable","total_tests":1,"passed_tests":1/)
})

test('wrong use is exit code 2, and shows the help', async () => {
  const folder = makeRepository()
  for (const args of [['report'], ['--what'], ['report', 'missing.xml', '--attempt', '0']]) {
    const { code, stderr, stdout } = await run(folder, args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^sensorium-ci: .+\n\nsensorium-ci report \[files…\]/)
  }
  const help = await run(folder, ['--help'])
  assert.deepEqual([help.code, help.stderr], [0, ''])
  assert.match(help.stdout, /--flush-only/)
  assert.match((await run(folder, ['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})

test('--dry-run prints the requests and sends nothing', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  const event = ['--build-event', 'build_complete', '--status', 'success']
  const { code, stdout } = await run(folder, ['report', 'junit.xml', ...event, '--dry-run', '--url', receiver.url])
  const printed = JSON.parse(stdout) as { run: object; build_events: object[] } // a single line of JSON
  assert.partialDeepStrictEqual(printed.run, { total_tests: 3, source: 'local' })
  assert.partialDeepStrictEqual(printed.build_events, [{ event_type: 'build_complete', status: 'success' }])
  assert.deepEqual([code, receiver.requests.length], [0, 0])
})

test('a reader that goes away does not fail the build', async () => {
  const folder = makeRepository()
  for (const name of ['stdout', 'stderr'] as const) {
    const child = start(folder, ['report', 'junit.xml', 'notes.txt', '--dry-run'])
    child[name].destroy()
    let heard = ''
    const other = name === 'stdout' ? child.stderr : child.stdout
    other.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    await once(child, 'close')
    assert.equal(child.exitCode, 3) // of the missing file
    assert.match(heard, name === 'stdout' ? /notes\.txt is not there\n$/ : /"run":/)
  }
})

test('a build event is sent with the run that it is of, but makes none', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  const args = ['--type', 'deploy_complete', '--status', 'failure', '--environment', 'production']
  const more = ['--started-at', '2026-11-20T10:00:00+01:00', '--error', 'no disk', '--artifacts', 'a.tgz, b.tgz']
  const { code } = await run(folder, ['build-event', ...args, ...more, '--url', receiver.url])
  assert.equal(code, 0)
  const body = jsonOf(receiver.requests[0]!)
  assert.partialDeepStrictEqual(body.build_events, [
    {
      event_type: 'deploy_complete',
      status: 'failure',
      environment: 'production',
      started_at: '2026-11-20T09:00:00.000Z',
      error_message: 'no disk',
      artifacts: ['a.tgz', 'b.tgz'],
    },
  ])
  assert.equal(body.run, undefined)
  assert.equal(body.run_reference!.repository, 'acme/shop')
})
