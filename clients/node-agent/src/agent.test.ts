import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { openReceiver } from '../../delivery/testing/receiver.ts'
import { startNodeAgent } from './index.ts'
import {
  agentFolder,
  HEARTBEAT,
  jsonOf,
  QUICK,
  requestsOf,
  requestsTo,
  runNode,
  startHere,
  TELEMETRY,
} from './testing/node.ts'

const NOWHERE = 'http://127.0.0.1:1'
const range = (length: number) => Array.from({ length }, (_, i) => i)

test('offline, reports wait in files, survive the process, and are sent in order once the server is back', async t => {
  const folder = agentFolder()
  const script = 'for (let i = 0; i < 20; i++) agent.reportHealth({ i }); await agent.stop(200)'
  assert.equal((await runNode({ script, folder }).ended).code, 0)
  const receiver = await openReceiver(t)
  await receiver.away()
  const agent = startHere(t, receiver.url, folder)
  for (let i = 20; i < 25; i++) agent.reportHealth({ i })
  assert.equal((await agent.status()).pending, 25)
  await agent.warned(/reports wait in .*: ECONNREFUSED/)
  await receiver.back()
  const requests = await requestsTo(receiver, TELEMETRY, 25)
  assert.deepEqual(
    requests.map(request => jsonOf(request).i),
    range(25),
  )
  assert.equal(await agent.stop(5_000), true)
  assert.equal((await agent.status()).pending, 0)
  assert.deepEqual(readdirSync(path.join(folder, 'spool')), [])
})

test('a server that goes away and comes back, again and again, gets each report once, in order', async t => {
  const receiver = await openReceiver(t)
  const agent = startHere(t, receiver.url, agentFolder())
  const received: unknown[] = []
  for (let outage = 0; outage < 3; outage++) {
    agent.reportHealth({ i: outage * 2 })
    await requestsTo(receiver, TELEMETRY, outage * 2 + 1)
    await receiver.away()
    agent.reportHealth({ i: outage * 2 + 1 })
    if (outage === 0) await agent.warned(/reports wait in .*: ECONNREFUSED/) // it warns once a minute
    await receiver.back()
    await requestsTo(receiver, TELEMETRY, outage * 2 + 2)
  }
  received.push(...requestsOf(receiver, TELEMETRY).map(request => jsonOf(request).i))
  assert.deepEqual(received, range(6))
})

test('a revoked key, a wrong address and a server in trouble lose nothing, and are told', async t => {
  for (const status of [301, 401, 403, 404, 408, 429, 500, 503]) {
    const receiver = await openReceiver(t)
    receiver.answer = () => ({ status, body: 'revoked' })
    const agent = startHere(t, receiver.url, agentFolder())
    for (const i of range(3)) agent.reportHealth({ i })
    assert.equal(await agent.stop(5_000), false)
    assert.deepEqual((({ pending, dropped, refused }) => ({ pending, dropped, refused }))(await agent.status()), {
      pending: 3,
      dropped: 0,
      refused: 0,
    })
    assert.match(String(agent.warnings), new RegExp(`reports wait in .*: ${status} revoked`))
  }
})

test('a report that the server refuses is set aside, its neighbours are sent', async t => {
  for (const status of [400, 413, 422]) {
    const receiver = await openReceiver(t)
    receiver.answer = request => ({ status: request.path === TELEMETRY && jsonOf(request).i === 1 ? status : 202 })
    const folder = agentFolder()
    const agent = startHere(t, receiver.url, folder)
    for (const i of range(3)) agent.reportHealth({ i })
    assert.equal(await agent.stop(5_000), true)
    assert.deepEqual(
      requestsOf(receiver, TELEMETRY).map(request => jsonOf(request).i),
      range(3),
    )
    assert.equal((await agent.status()).refused, 1)
    assert.equal(readdirSync(path.join(folder, 'spool', 'refused')).length, 1)
  }
})

test('a pause that the server asks for is kept, whatever is reported meanwhile', async t => {
  const receiver = await openReceiver(t)
  const times: number[] = []
  receiver.answer = request => {
    if (request.path === TELEMETRY) times.push(performance.now())
    return times.length <= 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 202 }
  }
  const agent = startHere(t, receiver.url, agentFolder(), {}, { ...QUICK, retryMaxMs: 20 })
  agent.reportHealth({ i: 0 })
  await requestsTo(receiver, TELEMETRY, 1)
  for (const i of range(20)) agent.reportHealth({ i })
  await requestsTo(receiver, TELEMETRY, 2)
  assert.ok(times[1]! - times[0]! > 950, `${times[1]! - times[0]!} ms`)
})

test('a server that never answers is given up after the time-out, and what it did not acknowledge is sent again', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const agent = startHere(t, receiver.url, agentFolder())
  agent.reportHealth({ i: 0 })
  const first = await requestsTo(receiver, TELEMETRY, 2)
  receiver.answer = () => ({ status: 202 })
  assert.equal(await agent.stop(5_000), true)
  const bodies = requestsOf(receiver, TELEMETRY).map(request => String(request.body))
  assert.ok(first.length >= 2)
  assert.equal(new Set(bodies).size, 1)
  assert.match(String(agent.warnings), /no answer within 200 ms/)
})

test('two equal reports differ, so that a server that drops repeated bodies keeps both', async t => {
  t.mock.timers.enable({ apis: ['Date'] })
  const receiver = await openReceiver(t)
  const agent = startHere(t, receiver.url, agentFolder())
  const error = new Error('same')
  agent.reportError(error)
  agent.reportError(error)
  const [one, two] = await requestsTo(receiver, TELEMETRY, 2)
  assert.notEqual(String(one!.body), String(two!.body))
  const { type, message, stack, node_version } = jsonOf(one!)
  assert.deepEqual([type, message, stack, node_version], ['error', 'same', error.stack, '0.3.1'])
})

test('a lost connection is reported once at the threshold, and anew after it was back', async t => {
  const receiver = await openReceiver(t)
  const agent = startHere(t, receiver.url, agentFolder(), { failureThreshold: 3 })
  const states: string[] = []
  for (let i = 0; i < 7; i++) {
    agent.connectionFailed()
    states.push((await agent.status()).connectionState)
  }
  assert.deepEqual(states.slice(0, 4), ['reconnecting', 'reconnecting', 'degraded', 'degraded'])
  agent.connectionRestored()
  const { connectionState, failureCount } = await agent.status()
  assert.deepEqual([connectionState, failureCount], ['connected', 0])
  for (let i = 0; i < 3; i++) agent.connectionFailed()
  assert.equal(await agent.stop(5_000), true)
  const reports = requestsOf(receiver, TELEMETRY).map(jsonOf)
  assert.deepEqual(
    reports.map(({ type, failure_count }) => [type, failure_count]),
    [
      ['connection_degraded', 3],
      ['connection_degraded', 3],
    ],
  )
  assert.equal(reports[0]!.last_connected, null)
  assert.ok(Date.parse(String(reports[1]!.last_connected)) > 0)
})

test('the heartbeat has the seed’s payload, is sent at the start and again', async t => {
  const receiver = await openReceiver(t)
  const agent = startHere(t, receiver.url, agentFolder(), { heartbeatIntervalMs: 10 })
  agent.setConnectionState('connected')
  agent.connectionFailed()
  agent.taskDone()
  agent.reportError(new Error('x'))
  const beats = (await requestsTo(receiver, HEARTBEAT, 3)).map(jsonOf)
  const { uptime, memory_mb, last_task_at, ...rest } = beats[2]!
  assert.deepEqual(rest, {
    node_id: 'kitchen',
    version: '0.3.1',
    connection_state: 'reconnecting',
    ws_failure_count: 1,
    error_count: 1,
  })
  assert.ok(Number(uptime) > Number(beats[0]!.uptime) && Number(memory_mb) > 1 && Number(memory_mb) < 10_000)
  assert.ok(Date.parse(String(last_task_at)) > 0)
})

const REPORTS = 30

test('heartbeats never overlap, wait out the pause that a server asks for, and are not kept', async t => {
  const receiver = await openReceiver(t)
  const folder = agentFolder()
  receiver.answer = () => undefined
  const agent = startHere(t, receiver.url, folder, { heartbeatIntervalMs: 5 })
  await requestsTo(receiver, HEARTBEAT, 1)
  const begin = performance.now()
  receiver.answer = () => ({ status: 503, headers: { 'retry-after': '60' } })
  await requestsTo(receiver, HEARTBEAT, 2)
  assert.ok(performance.now() - begin > 150, 'the second came before the first was given up')
  assert.equal((await agent.status()).pending, 0)
  assert.ok(!existsSync(path.join(folder, 'spool')))
  const pausedAt = performance.now()
  // Meanwhile reports go there and back, one after another, for longer than many intervals.
  receiver.answer = () => ({ status: 202 })
  for (let n = 1; n <= REPORTS; n++) {
    agent.reportHealth({ n })
    await requestsTo(receiver, TELEMETRY, n)
  }
  assert.ok(performance.now() - pausedAt > 20, 'too fast to tell')
  assert.equal(requestsOf(receiver, HEARTBEAT).length, 2)
  assert.equal(requestsOf(receiver, TELEMETRY).length, REPORTS)
})

test('no call waits for a server that never answers, or throws, whatever it is handed', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const agent = startHere(t, receiver.url, agentFolder())
  const circle: Record<string, unknown> = {}
  circle.self = circle
  const unreadable = Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('y')
    },
  })
  const things = [new Error('x'), Symbol('s'), null, undefined, unreadable, { a: 1 }, 'x'.repeat(1_000_000)]
  const durationsMs = range(140).map(i => {
    const begin = performance.now()
    agent.reportError(things[i % things.length])
    agent.reportHealth(circle)
    agent.reportHealth({ big: 1n })
    agent.setConnectionState(things[i % things.length] as string) // what JavaScript callers may do
    agent.connectionFailed()
    agent.taskDone()
    return performance.now() - begin
  })
  durationsMs.sort((a, b) => a - b)
  assert.ok(durationsMs[70]! < 5, `median ${durationsMs[70]} ms`)
  assert.equal(await agent.stop(50), false)
  const { pending, dropped } = await agent.status()
  assert.deepEqual([pending, dropped], [141, 280])
  t.diagnostic(`six calls: median ${durationsMs[70]!.toFixed(2)} ms, slowest ${durationsMs.at(-1)!.toFixed(2)} ms`)
})

test('a process that is done is not kept by a server that never answers; stop waits no longer than it is told', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const begin = performance.now()
  const script = `agent.reportHealth({ i: 1 })
    process.on('exit', () => console.log(process.uptime() < 5))`
  const node = runNode({ script, folder: agentFolder(), url: receiver.url })
  assert.deepEqual(await node.ended, { code: 0, signal: null, stdout: 'true\n', stderr: '' })
  assert.ok(performance.now() - begin < 8_000)
  const stop = `agent.reportHealth({ i: 1 })
    const begin = performance.now()
    console.log(await agent.stop(300), performance.now() - begin < 3000)`
  const stopped = await runNode({ script: stop, folder: agentFolder(), url: receiver.url }).ended
  assert.equal(stopped.stdout, 'false true\n')
})

test('without an address or with a key that is none, reports wait, and no secret is told', async t => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ url: '' }, /SENSORIUM_NODE_URL is not set/],
    [{ key: '' }, /SENSORIUM_NODE_KEY is not set/],
    [{ url: 'ftp://sensorium' }, /no http or https address/],
    [{ url: 'no address' }, /no http or https address/],
    [{ url: 'http://me:hunter2@127.0.0.1:1' }, /holds a password/],
    [{ key: 'hunter2\nx' }, /holds characters that no key has/],
  ]
  for (const [options, expected] of cases) {
    const agent = startHere(t, NOWHERE, agentFolder(), options)
    agent.reportHealth({ i: 1 })
    assert.equal(await agent.stop(1_000), false)
    assert.equal((await agent.status()).pending, 1)
    assert.match(String(agent.warnings), expected)
    assert.doesNotMatch(String(agent.warnings), /hunter2/)
  }
})

test('the environment configures the agent, the address may have a path, and a new line after the key does no harm', async t => {
  const receiver = await openReceiver(t)
  const environment = {
    SENSORIUM_NODE_URL: `${receiver.url}/sensorium/`,
    SENSORIUM_NODE_KEY: 'snk_env\n',
    SENSORIUM_NODE_ID: 'cellar',
  }
  const before = { ...process.env }
  Object.assign(process.env, environment)
  t.after(() => {
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })
  const agent = startNodeAgent({ version: '1', folder: agentFolder(), onWarning: () => {} })
  t.after(() => agent.stop(0))
  const [beat] = await requestsTo(receiver, `/sensorium${HEARTBEAT}`, 1)
  assert.equal(beat!.headers['x-node-key'], 'snk_env')
  assert.equal(jsonOf(beat!).node_id, 'cellar')
})
