import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { openReceiver, type Received, type TestReceiver } from '../../delivery/testing/receiver.ts'
import { lastLines } from './crash-log.ts'
import { startNodeAgent } from './index.ts'
import { createSpool } from './spool.ts'

const TELEMETRY = '/api/node/telemetry'
const HEARTBEAT = '/api/node/heartbeat'
const jsonOf = ({ body }: Received) => JSON.parse(body.toString()) as Record<string, unknown> // what the agent sends
const of = (receiver: TestReceiver, route: string) => receiver.requests.filter(request => request.path === route)

/** Resolves to the requests to `route` once there are that many. */
async function requestsTo(receiver: TestReceiver, route: string, count: number): Promise<Received[]> {
  for (let total = receiver.requests.length; of(receiver, route).length < count; ) {
    total += 1
    await receiver.received(total)
  }
  return of(receiver, route)
}

function start(t: TestContext, receiver: TestReceiver, folder: string, options: object = {}) {
  const agent = startNodeAgent({
    url: receiver.url,
    key: 'snk_test',
    nodeId: 'kitchen',
    version: '0.3.1',
    folder,
    heartbeatIntervalMs: 60_000,
    onWarning: () => {},
    ...options,
  })
  t.after(() => agent.stop(0))
  return agent
}

/** A node in a process of its own, which runs `script` once its agent is started. */
async function runNode(receiver: TestReceiver | undefined, folder: string, script: string) {
  const url = receiver?.url ?? 'http://127.0.0.1:1'
  const code = `import { startNodeAgent } from './index.ts'
    const agent = startNodeAgent({ url: ${JSON.stringify(url)}, key: 'snk_test', version: '0.3.1', folder: ${JSON.stringify(folder)}, onWarning: () => {} })
    ${script}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: import.meta.dirname })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return { child, ended: ending(child, () => stderr) }
}

async function ending(child: ChildProcess, stderr: () => string) {
  await once(child, 'close')
  return { code: child.exitCode, signal: child.signalCode, stderr: stderr() }
}

const CRASHES: readonly (readonly [string, string, number, RegExp])[] = [
  [
    'throws',
    `setTimeout(() => { throw new TypeError('boom', { cause: new Error('why') }) }, 1)`,
    1,
    /UNCAUGHT: TypeError: boom\n {4}at [\s\S]*\[cause\]: Error: why/,
  ],
  ['rejects', `Promise.reject(new RangeError('lost'))`, 1, /UNHANDLED REJECTION: RangeError: lost/],
  ['exits with 3', 'process.exit(3)', 3, /EXIT code=3/],
]
for (const [name, script, code, expected] of CRASHES) {
  test(`a process that ${name} writes its crash log and ends as it would have; the next start uploads it`, async t => {
    const folder = temporaryFolder('node-agent')
    const { ended } = await runNode(undefined, folder, script)
    const end = await ended
    assert.equal(end.code, code)
    if (code === 1) assert.match(end.stderr, /Node\.js v/)
    const log = readFileSync(path.join(folder, 'crash.log'), 'utf8')
    assert.match(log, expected)
    assert.match(log, new RegExp(`EXIT code=${code}\\n$`))

    const receiver = await openReceiver(t)
    const agent = start(t, receiver, folder)
    const [request] = await requestsTo(receiver, TELEMETRY, 1)
    assert.equal(request!.headers['x-node-key'], 'snk_test')
    const report = jsonOf(request!)
    assert.partialDeepStrictEqual(report, {
      type: 'crash_report',
      node_version: '0.3.1',
      os: process.platform,
      arch: process.arch,
      uptime_before_crash: null,
    })
    assert.equal((report.entries as string[]).join('\n'), log.trim())
    assert.equal(await agent.stop(5_000), true)
    assert.ok(!existsSync(path.join(folder, 'crash.log')))
    assert.equal(readFileSync(path.join(folder, 'crash.log.prev'), 'utf8'), log)
  })
}

test('a process that ends well writes no crash log', async () => {
  const folder = temporaryFolder('node-agent')
  const { ended } = await runNode(undefined, folder, 'await agent.stop(0)')
  assert.equal((await ended).code, 0)
  assert.ok(!existsSync(path.join(folder, 'crash.log')))
})

test('killed after the upload and before the acknowledgement, a node sends the same bytes again and loses nothing', async t => {
  const folder = temporaryFolder('node-agent')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'crash.log'), 'UNCAUGHT: Error: first\nEXIT code=1\n')
  const receiver = await openReceiver(t)
  let child: ChildProcess | undefined
  receiver.answer = request => {
    if (request.path !== TELEMETRY) return { status: 202 }
    child?.kill('SIGKILL')
    return undefined
  }
  for (let round = 1; round <= 2; round++) {
    const node = await runNode(receiver, folder, 'setInterval(() => {}, 1000)')
    child = node.child
    assert.equal((await node.ended).signal, 'SIGKILL')
    assert.equal(of(receiver, TELEMETRY).length, round)
    // What happens meanwhile is another report.
    writeFileSync(path.join(folder, 'crash.log'), 'UNCAUGHT: Error: second\n')
  }
  receiver.answer = () => ({ status: 202 })
  const agent = start(t, receiver, folder, { version: '0.4.0' })
  const [one, two, three, four] = await requestsTo(receiver, TELEMETRY, 4)
  assert.deepEqual([String(two!.body), String(three!.body)], [String(one!.body), String(one!.body)])
  assert.deepEqual(jsonOf(four!).entries, ['UNCAUGHT: Error: second'])
  assert.equal(await agent.stop(5_000), true)
  assert.deepEqual(readdirSync(folder).sort(), ['crash.log.prev'])
})

test('a report that was acknowledged before the process died is not sent a second time for the next crash', async t => {
  const folder = temporaryFolder('node-agent')
  mkdirSync(folder, { recursive: true })
  // The log is moved on, the report is not yet removed.
  writeFileSync(path.join(folder, 'crash.report'), '{"type":"crash_report","entries":["old"]}')
  writeFileSync(path.join(folder, 'crash.log'), 'UNCAUGHT: Error: new\n')
  const receiver = await openReceiver(t)
  const agent = start(t, receiver, folder)
  const [request] = await requestsTo(receiver, TELEMETRY, 1)
  assert.deepEqual(jsonOf(request!).entries, ['UNCAUGHT: Error: new'])
  assert.equal(await agent.stop(5_000), true)
  assert.equal(of(receiver, TELEMETRY).length, 1)
})

test('of a huge log the last 50 lines are read; torn ends and empty files do no harm', async t => {
  const folder = temporaryFolder('node-agent')
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, 'crash.log')
  writeFileSync(file, Buffer.concat([Buffer.alloc(64 * 1024 * 1024, 'x'), Buffer.from('\n')]))
  const lines = Array.from({ length: 60 }, (_, i) => `line ${i}`)
  writeFileSync(file, `${lines.join('\r\n')}\n\ntorn é`.slice(0, -1), { flag: 'a' })
  writeFileSync(file, Buffer.from([0xc3]), { flag: 'a' })
  const before = process.memoryUsage().rss
  const read = lastLines(file, 50)
  assert.ok(process.memoryUsage().rss - before < 32 * 1024 * 1024)
  assert.deepEqual(read, [...lines.slice(11), 'torn \ufffd'])

  writeFileSync(file, '\n\n')
  const receiver = await openReceiver(t)
  const agent = start(t, receiver, folder)
  assert.equal(await agent.stop(5_000), true)
  assert.equal(of(receiver, TELEMETRY).length, 0)
})

test('the heartbeat has the seed’s payload, is sent at the start and again, and never twice at once', async t => {
  const receiver = await openReceiver(t)
  const agent = start(t, receiver, temporaryFolder('node-agent'), { heartbeatIntervalMs: 10 })
  agent.connectionFailed()
  agent.taskDone()
  agent.reportError(new Error('x'))
  const beats = await requestsTo(receiver, HEARTBEAT, 3)
  const { uptime, memory_mb, last_task_at, ...rest } = jsonOf(beats[2]!)
  assert.deepEqual(rest, {
    node_id: 'kitchen',
    version: '0.3.1',
    connection_state: 'degraded',
    ws_failure_count: 1,
    error_count: 1,
  })
  assert.ok(Number(uptime) >= 0 && Number(memory_mb) > 1 && Date.parse(String(last_task_at)) > 0)
  receiver.answer = () => undefined
  const count = (await requestsTo(receiver, HEARTBEAT, of(receiver, HEARTBEAT).length + 1)).length
  for (let beat = 0; beat < 5; beat++) await new Promise(resolve => setTimeout(resolve, 10))
  assert.equal(of(receiver, HEARTBEAT).length, count)
})

test('a lost connection is reported once at the threshold, and anew after it was back', async t => {
  const receiver = await openReceiver(t)
  const agent = start(t, receiver, temporaryFolder('node-agent'), { failureThreshold: 3 })
  agent.connectionRestored()
  for (let i = 0; i < 7; i++) agent.connectionFailed()
  agent.connectionRestored()
  for (let i = 0; i < 3; i++) agent.connectionFailed()
  assert.equal(await agent.stop(5_000), true)
  const reports = of(receiver, TELEMETRY).map(jsonOf)
  assert.deepEqual(
    reports.map(({ type, failure_count }) => [type, failure_count]),
    [
      ['connection_degraded', 3],
      ['connection_degraded', 3],
    ],
  )
  assert.ok(Date.parse(String(reports[0]!.last_connected)) > 0)
})

test('offline, reports wait in files, survive the process, and are sent in order; a wrong key loses none of them', async t => {
  const folder = temporaryFolder('node-agent')
  const { ended } = await runNode(
    undefined,
    folder,
    `for (let i = 0; i < 20; i++) agent.reportHealth({ i }); await agent.stop(0)`,
  )
  assert.equal((await ended).code, 0)
  const receiver = await openReceiver(t)
  receiver.answer = () => ({ status: 401, body: 'revoked' })
  const warnings: string[] = []
  const locked = start(t, receiver, folder, { onWarning: (message: string) => warnings.push(message) })
  assert.equal(await locked.stop(5_000), false)
  assert.equal((await locked.status()).pending, 20)
  assert.ok(
    warnings.some(message => /401 revoked/.test(message)),
    String(warnings),
  )
  receiver.answer = () => ({ status: 202 })
  receiver.requests.length = 0
  const agent = start(t, receiver, folder)
  assert.equal(await agent.stop(10_000), true)
  assert.deepEqual(
    of(receiver, TELEMETRY).map(request => jsonOf(request).i),
    Array.from({ length: 20 }, (_, i) => i),
  )
  assert.equal((await agent.status()).pending, 0)
})

test('a refused report is set aside with its neighbours sent; the spool has a limit, and the oldest go first', async t => {
  const folder = temporaryFolder('node-agent')
  const receiver = await openReceiver(t)
  receiver.answer = request => (jsonOf(request).bad === true ? { status: 400, body: 'no' } : { status: 202 })
  const agent = start(t, receiver, folder)
  for (const bad of [false, true, false]) agent.reportHealth({ bad })
  assert.equal(await agent.stop(5_000), true)
  assert.deepEqual(await agent.status(), {
    connectionState: 'starting',
    failureCount: 0,
    errorCount: 0,
    pending: 0,
    dropped: 0,
    refused: 1,
  })
  assert.equal(readdirSync(path.join(folder, 'spool', 'refused')).length, 1)

  const spool = createSpool(path.join(folder, 'small'), { maxFiles: 3, maxBytes: 1_000 }, () => {})
  for (let i = 0; i < 5; i++) await spool.add(String(i))
  await spool.add('x'.repeat(999))
  const kept: string[] = []
  await spool.drain(async body => {
    kept.push(body)
    return 'sent'
  })
  assert.deepEqual(
    kept.map(body => body.slice(0, 1)),
    ['4', 'x'],
  )
  assert.equal(spool.dropped, 4)
})

test('a server that is away or never answers delays no call, and nothing that is reported is thrown back', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const agent = start(t, receiver, temporaryFolder('node-agent'))
  const circle: Record<string, unknown> = {}
  circle.self = circle
  let slowestMs = 0
  for (let i = 0; i < 100; i++) {
    const begin = performance.now()
    agent.reportError(i % 2 ? new Error('x') : Symbol('s'))
    agent.reportHealth(circle)
    agent.connectionFailed()
    slowestMs = Math.max(slowestMs, performance.now() - begin)
  }
  assert.equal(await agent.stop(50), false)
  const { pending } = await agent.status()
  assert.equal(pending, 101)
  t.diagnostic(`slowest call: ${slowestMs.toFixed(1)} ms`)
})
