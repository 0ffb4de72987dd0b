import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
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

async function run(folder: string, args: readonly string[], environment: Record<string, string> = {}) {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    npm_config_user_agent: 'npm/11.2.0 node/v24 linux x64',
    ...environment,
  }
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env })
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
  const { code, stdout } = await run(folder, [
    'report',
    'junit.xml',
    'eslint.json',
    '--token',
    'secret-token',
    '--url',
    `${receiver.url}/ingest/ci`,
  ])
  assert.equal(code, 0)
  assert.match(stdout, /1 reports sent, 0 waiting, 0 refused/)
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

test('a run of GitHub Actions has one id for each attempt of a job', async () => {
  const folder = makeRepository()
  const github = {
    GITHUB_ACTIONS: 'true',
    GITHUB_RUN_ID: '77',
    GITHUB_JOB: 'test',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_REF_NAME: 'main',
    GITHUB_SHA: 'c0ffee',
  }
  const { stdout } = await run(folder, ['report', 'junit.xml', '--dry-run'], github)
  const sent = (JSON.parse(stdout) as { run: object }).run // printed by --dry-run
  assert.partialDeepStrictEqual(sent, {
    run_id: 'github/77/test/2',
    source: 'ci',
    ci_provider: 'github_actions',
    attempt: 2,
    branch: 'main',
    commit_sha: 'c0ffee',
  })
})

test('while Sensorium is down, refuses the token or is full, the build goes on and the report waits; the next run sends it first', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  await receiver.away()
  const first = await run(folder, ['report', 'junit.xml', '--run-id', 'one', '--url', receiver.url])
  assert.equal(first.code, 0)
  assert.match(
    first.stderr,
    /no report was taken by .*: ECONNREFUSED[\s\S]*1 reports wait in .*\.sensorium-ci for the next run/,
  )
  await receiver.back()
  for (const [status, id] of [
    [401, 'two'],
    [503, 'three'],
  ] as const) {
    receiver.answer = () => ({ status, body: 'told' })
    const { code, stderr } = await run(folder, ['report', 'junit.xml', '--run-id', id, '--url', receiver.url])
    assert.equal(code, 0)
    assert.match(stderr, new RegExp(`${status} told`))
  }
  receiver.answer = () => ({ status: 202 })
  receiver.requests.length = 0
  const last = await run(folder, ['report', 'junit.xml', '--run-id', 'four', '--url', receiver.url])
  assert.match(last.stdout, /4 reports sent, 0 waiting/)
  assert.deepEqual(
    receiver.requests.map(request => jsonOf(request).run!.run_id),
    ['one', 'two', 'three', 'four'],
  )
  assert.deepEqual(readdirSync(path.join(folder, '.sensorium-ci')), [])
})

test('a server that never answers holds the build up for no longer than --timeout-ms', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const startedAt = performance.now()
  const { code, stderr } = await run(folder, ['report', 'junit.xml', '--url', receiver.url, '--timeout-ms', '300'])
  assert.equal(code, 0)
  assert.match(stderr, /1 reports wait/)
  assert.ok(performance.now() - startedAt < 10_000)
})

test('a refused report is set aside, and its neighbours are sent', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  receiver.answer = () => ({ status: 400, body: 'run.branch: too long' })
  const { code, stderr } = await run(folder, ['report', 'junit.xml', '--url', receiver.url])
  assert.equal(code, 0)
  assert.match(stderr, /refuses a report: 400 run\.branch: too long/)
  assert.equal(readdirSync(path.join(folder, '.sensorium-ci', 'refused')).length, 1)
  receiver.answer = () => ({ status: 202 })
  assert.match((await run(folder, ['flush', '--url', receiver.url])).stdout, /0 reports sent/)
})

test('a large report goes in several requests, the run in the first only', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  const cases = Array.from(
    { length: 6_000 },
    (_, i) => `<testcase name="t${i}"><failure>${'x'.repeat(1_000)}</failure></testcase>`,
  )
  writeFileSync(path.join(folder, 'large.xml'), `<testsuite name="s">${cases.join('')}</testsuite>`)
  const { stdout } = await run(folder, ['report', 'large.xml', '--url', receiver.url])
  assert.match(stdout, /3 reports sent/)
  const parts = receiver.requests.map(jsonOf)
  assert.deepEqual(
    parts.map(part => ['run' in part, 'run_reference' in part]),
    [
      [true, false],
      [false, true],
      [false, true],
    ],
  )
  assert.deepEqual(new Set(parts.map(part => (part.run ?? part.run_reference)!.run_id)).size, 1)
  assert.equal(
    parts.reduce((sum, part) => sum + (part.test_failures as unknown as object[]).length, 0),
    6_000,
  )
  assert.ok(receiver.requests.every(({ body }) => body.length < 4_194_304))
})

test('what cannot be read is told, the rest is reported, and the exit code is 0; a wrong command line is 2', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  writeFileSync(path.join(folder, 'notes.txt'), 'all good')
  const { code, stderr } = await run(folder, ['report', 'notes.txt', 'missing.xml', 'junit.xml', '--url', receiver.url])
  assert.equal(code, 0)
  assert.match(stderr, /notes\.txt is of no format that is known[\s\S]*missing\.xml/)
  assert.equal(receiver.requests.length, 1)
  for (const args of [
    ['report'],
    ['reprot', 'junit.xml'],
    ['report', 'junit.xml', '--format', 'x'],
    ['report', 'a', '--attempt', '0'],
    ['build-event'],
    ['--what'],
  ]) {
    assert.equal((await run(folder, args)).code, 2, args.join(' '))
  }
  assert.ok(!existsSync(path.join(folder, '.sensorium-ci', 'refused')))
})

test('a build event is sent with the run that it is of', async t => {
  const folder = makeRepository()
  const receiver = await openReceiver(t)
  const { code } = await run(folder, [
    'build-event',
    '--type',
    'deploy_complete',
    '--status',
    'failure',
    '--environment',
    'production',
    '--error',
    'no disk',
    '--url',
    receiver.url,
  ])
  assert.equal(code, 0)
  const body = jsonOf(receiver.requests[0]!)
  assert.partialDeepStrictEqual(body.build_events, [
    { event_type: 'deploy_complete', status: 'failure', environment: 'production', error_message: 'no disk' },
  ])
  assert.equal(body.run_reference!.repository, 'acme/shop')
})
