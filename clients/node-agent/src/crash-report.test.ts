import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { openReceiver } from '../../delivery/testing/receiver.ts'
import { agentFolder, jsonOf, requestsOf, requestsTo, runNode, startHere, TELEMETRY } from './testing/node.ts'

const CRASH = 'UNCAUGHT: Error: first\nEXIT code=1\n'
const entriesOf = (request: Parameters<typeof jsonOf>[0]) => jsonOf(request).entries
const STAYS = 'setInterval(() => {}, 1000)'

test('killed before or after any change that it makes on the disk, a node loses nothing and sends no other bytes', async t => {
  const lines = Array.from({ length: 60 }, (_, i) => `line ${i}`)
  const spooled = ['{"type":"health","i":1}', '{"type":"health","i":2}']
  const flags = ['--import', import.meta.resolve('./testing/kill-at.ts')]
  let step = 1
  for (let isKilled = true; isKilled; step++) {
    const receiver = await openReceiver(t)
    const folder = agentFolder({
      'crash.log': `${lines.join('\n')}\n`,
      'spool/000001700000000-1.json': spooled[0]!,
      // Its process was killed before the file had its name.
      'spool/000001700000001-1.json.tmp': spooled[1]!,
    })
    const script = `agent.reportHealth({ i: 3 }); await agent.stop(9_000)`
    const end = await runNode({ script, folder, url: receiver.url, flags, env: { KILL_AT: String(step) } }).ended
    isKilled = end.signal === 'SIGKILL'
    assert.ok(isKilled || end.code === 0, end.stderr)
    const next = startHere(t, receiver.url, folder, { version: '9.9.9' })
    assert.equal(await next.stop(9_000), true)

    const bodies = requestsOf(receiver, TELEMETRY).map(request => String(request.body))
    const crashes = bodies.filter(body => body.includes('crash_report'))
    assert.equal(new Set(crashes).size, 1, `step ${step}: ${crashes}`)
    assert.deepEqual(JSON.parse(crashes[0]!).entries, lines.slice(10))
    for (const body of spooled) assert.ok(bodies.includes(body), `step ${step}: ${body} is lost`)
    assert.ok(new Set(bodies).size <= 4, `step ${step}`)
    assert.deepEqual(readdirSync(folder).sort(), ['crash.log.prev', 'spool'])
    assert.equal(readFileSync(path.join(folder, 'crash.log.prev'), 'utf8'), `${lines.join('\n')}\n`)
    assert.deepEqual(readdirSync(path.join(folder, 'spool')), [])
    await receiver.away()
  }
  assert.ok(step > 20, `only ${step} steps`)
  t.diagnostic(`${step - 2} kills`)
})

test('killed after the upload and before the acknowledgement, a node sends the same bytes again; what happens meanwhile is another report', async t => {
  const folder = agentFolder({ 'crash.log': CRASH })
  const receiver = await openReceiver(t)
  let child: ChildProcess | undefined
  receiver.answer = request => {
    if (request.path !== TELEMETRY) return { status: 202 }
    child?.kill('SIGKILL')
    return undefined
  }
  for (let round = 1; round <= 2; round++) {
    const node = runNode({ script: STAYS, folder, url: receiver.url })
    child = node.child
    assert.equal((await node.ended).signal, 'SIGKILL')
    assert.equal(requestsOf(receiver, TELEMETRY).length, round)
    writeFileSync(path.join(folder, 'crash.log'), 'UNCAUGHT: Error: second\n')
  }
  receiver.answer = () => ({ status: 202 })
  const agent = startHere(t, receiver.url, folder, { version: '0.4.0' })
  const [one, two, three, four] = await requestsTo(receiver, TELEMETRY, 4)
  assert.deepEqual([String(two!.body), String(three!.body)], [String(one!.body), String(one!.body)])
  assert.deepEqual(entriesOf(four!), ['UNCAUGHT: Error: second'])
  assert.equal(await agent.stop(5_000), true)
  assert.deepEqual(readdirSync(folder).sort(), ['crash.log.prev'])
})

test('killed in the moment of the acknowledgement, a node sends the same bytes again at most', async t => {
  const folder = agentFolder({ 'crash.log': CRASH })
  const receiver = await openReceiver(t)
  let child: ChildProcess | undefined
  receiver.answer = request => {
    // The answer is on its way when the signal comes.
    if (request.path === TELEMETRY) setImmediate(() => child?.kill('SIGKILL'))
    return { status: 202 }
  }
  const node = runNode({ script: STAYS, folder, url: receiver.url })
  child = node.child
  assert.equal((await node.ended).signal, 'SIGKILL')
  child = undefined
  const agent = startHere(t, receiver.url, folder)
  assert.equal(await agent.stop(5_000), true)
  const bodies = requestsOf(receiver, TELEMETRY).map(request => String(request.body))
  assert.equal(new Set(bodies).size, 1)
  assert.equal(readFileSync(path.join(folder, 'crash.log.prev'), 'utf8'), CRASH)
})

test('nothing is rotated until the upload is acknowledged, by whatever answer', async t => {
  for (const status of [401, 404, 429, 500, 503]) {
    const folder = agentFolder({ 'crash.log': CRASH })
    const receiver = await openReceiver(t)
    receiver.answer = () => ({ status, headers: { 'retry-after': '60' } })
    const agent = startHere(t, receiver.url, folder)
    assert.equal(await agent.stop(5_000), false)
    assert.ok(!existsSync(path.join(folder, 'crash.log.prev')), String(status))
    assert.equal(readFileSync(path.join(folder, 'crash.log.uploading'), 'utf8'), CRASH)
  }
})

test('a crash report that the server refuses is set aside with the reason, and does not come back', async t => {
  const folder = agentFolder({ 'crash.log': CRASH })
  const receiver = await openReceiver(t)
  receiver.answer = () => ({ status: 400, body: '{"error":"no entries"}' })
  const agent = startHere(t, receiver.url, folder)
  assert.equal(await agent.stop(5_000), true)
  assert.equal((await agent.status()).refused, 1)
  const [name] = readdirSync(path.join(folder, 'spool', 'refused'))
  const kept = JSON.parse(readFileSync(path.join(folder, 'spool', 'refused', name!), 'utf8'))
  assert.equal(kept.reason, '400 {"error":"no entries"}')
  assert.deepEqual(JSON.parse(kept.report).entries, CRASH.trim().split('\n'))
  assert.equal(readFileSync(path.join(folder, 'crash.log.prev'), 'utf8'), CRASH)
})

test('of a log of 500 MB with a torn end, NULs and endless lines, the end is read within bounded memory', async t => {
  const folder = agentFolder()
  const file = path.join(folder, 'crash.log')
  mkdirSync(folder, { recursive: true })
  const descriptor = openSync(file, 'w')
  ftruncateSync(descriptor, 500 * 1024 * 1024)
  closeSync(descriptor)
  const lines = Array.from({ length: 60 }, (_, i) => `line ${i}`)
  const torn = Buffer.from('torn é').subarray(0, -1)
  writeFileSync(file, Buffer.concat([Buffer.from(`\0\n${lines.join('\r\n')}\n\n${'y'.repeat(9_000)}\n`), torn]), {
    flag: 'a',
  })
  const receiver = await openReceiver(t)
  const before = process.memoryUsage().rss
  const agent = startHere(t, receiver.url, folder)
  assert.equal(await agent.stop(5_000), true)
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024)
  const [request] = requestsOf(receiver, TELEMETRY)
  assert.deepEqual(entriesOf(request!), [...lines.slice(12), `${'y'.repeat(4_096)}…`, 'torn \ufffd'])
})

const HARMLESS: readonly (readonly [string, Record<string, string>, readonly string[]])[] = [
  ['is missing', {}, []],
  ['is empty', { 'crash.log': '' }, ['crash.log']],
  ['holds blank lines only', { 'crash.log': '\n \n\0\0\0' }, []],
  ['is a folder', { 'crash.log/x': '' }, ['crash.log.unreadable']],
]
for (const [name, files, left] of HARMLESS) {
  test(`a crash log that ${name} is no report and keeps no other from being sent`, async t => {
    const folder = agentFolder({ ...files, 'spool/000001700000000-1.json': '{"type":"health"}' })
    const receiver = await openReceiver(t)
    const agent = startHere(t, receiver.url, folder)
    assert.equal(await agent.stop(5_000), true)
    assert.deepEqual(
      requestsOf(receiver, TELEMETRY).map(request => String(request.body)),
      ['{"type":"health"}'],
    )
    assert.deepEqual(readdirSync(folder).sort(), [...left, 'spool'])
  })
}

test('a disk that does not take the report does not keep it from being sent', async t => {
  const folder = agentFolder({ 'crash.log': CRASH, 'crash.report.tmp/in-the-way': '' })
  const receiver = await openReceiver(t)
  const agent = startHere(t, receiver.url, folder)
  assert.equal(await agent.stop(5_000), true)
  assert.deepEqual(requestsOf(receiver, TELEMETRY).map(entriesOf), [CRASH.trim().split('\n')])
  assert.match(String(agent.warnings), /sent without having been kept: .*EISDIR/)
})

test('a crash report that the server chokes on keeps no other from being sent', async t => {
  const folder = agentFolder({ 'crash.log': CRASH, 'spool/000001700000000-1.json': '{"type":"health"}' })
  const receiver = await openReceiver(t)
  receiver.answer = request => ({ status: String(request.body).includes('crash_report') ? 500 : 202 })
  const agent = startHere(t, receiver.url, folder)
  assert.equal(await agent.stop(5_000), false)
  assert.equal((await agent.status()).pending, 0)
  assert.ok(existsSync(path.join(folder, 'crash.log.uploading')))
})

test('a report that a power failure left empty is made again', async t => {
  const folder = agentFolder({ 'crash.log.uploading': CRASH, 'crash.report': '' })
  const receiver = await openReceiver(t)
  assert.equal(await startHere(t, receiver.url, folder).stop(5_000), true)
  assert.deepEqual(entriesOf(requestsOf(receiver, TELEMETRY)[0]!), CRASH.trim().split('\n'))
})

test('a report that was acknowledged before the process died is not taken for that of the next crash', async t => {
  const folder = agentFolder({ 'crash.report': '{"type":"crash_report","entries":["old"]}', 'crash.log': CRASH })
  const receiver = await openReceiver(t)
  assert.equal(await startHere(t, receiver.url, folder).stop(5_000), true)
  assert.deepEqual(requestsOf(receiver, TELEMETRY).map(entriesOf), [CRASH.trim().split('\n')])
})

test('a log that nobody may read is put aside, and the next crash is reported', async t => {
  const receiver = await openReceiver(t)
  const folder = agentFolder({ 'crash.log': CRASH })
  // The superuser reads everything, so the process becomes somebody else where it can.
  const script = `import fs from 'node:fs'
    if (process.getuid() === 0) { fs.chownSync(${JSON.stringify(folder)}, 65534, 65534); process.seteuid(65534) }`
  const drop = path.join(agentFolder({ 'drop.mjs': script }), 'drop.mjs')
  chmodSync(path.join(folder, 'crash.log'), 0)
  const flags = ['--import', drop]
  const stop = 'console.log(await agent.stop(9_000))'
  const first = await runNode({ script: `${stop}; process.exit(3)`, folder, url: receiver.url, flags }).ended
  assert.equal(first.stdout, 'true\n', first.stderr)
  assert.ok(existsSync(path.join(folder, 'crash.log.unreadable')))
  writeFileSync(path.join(folder, 'crash.log'), CRASH)
  assert.equal((await runNode({ script: stop, folder, url: receiver.url, flags }).ended).stdout, 'true\n')
  assert.deepEqual(requestsOf(receiver, TELEMETRY).map(entriesOf), [CRASH.trim().split('\n')])
})
