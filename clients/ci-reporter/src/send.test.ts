import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { openReceiver, type TestReceiver } from '../../delivery/testing/receiver.ts'
import { type SendResult, sendReports, type Target } from './send.ts'

async function open(t: TestContext, options: Partial<Target> = {}) {
  const receiver = await openReceiver(t)
  const spool = path.join(temporaryFolder('ci-reporter'), 'spool')
  const target = { url: receiver.url, token: 'secret', spool: [spool], timeoutMs: 20_000, ...options }
  return { receiver, spool, send: (...bodies: string[]) => sendReports(bodies, target) }
}

const countsOf = ({ sent, waiting, refused, dropped }: SendResult) => ({ sent, waiting, refused, dropped })
const NONE = { sent: 0, waiting: 0, refused: 0, dropped: 0 }
const bodiesOf = (receiver: TestReceiver) => receiver.requests.map(({ body }) => body.toString())

test('reports arrive in order, with the token, and nothing is left behind', async t => {
  const { receiver, spool, send } = await open(t)
  const result = await send('{"n":1}', '{"n":2}')
  assert.deepEqual(result, { ...NONE, sent: 2, warnings: [] })
  assert.deepEqual(bodiesOf(receiver), ['{"n":1}', '{"n":2}'])
  assert.equal(receiver.requests[0]!.headers.authorization, 'Bearer secret')
  assert.equal(receiver.requests[0]!.headers['content-type'], 'application/json')
  assert.deepEqual(readdirSync(spool), ['.gitignore'])
})

test('while Sensorium is away reports wait, and the next run sends them first, byte for byte', async t => {
  const { receiver, send } = await open(t)
  await receiver.away()
  for (const body of ['{"n":1}', '{"n":"é"}']) {
    const { warnings } = await send(body)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0]!, /cannot be reached: ECONNREFUSED\. Waiting in .*spool for the next run: /)
  }
  await receiver.back()
  assert.deepEqual(countsOf(await send('{"n":3}')), { ...NONE, sent: 3 })
  assert.deepEqual(bodiesOf(receiver), ['{"n":1}', '{"n":"é"}', '{"n":3}'])
})

test('a report that another process has sent meanwhile is nothing to warn of', async t => {
  const { receiver, spool, send } = await open(t)
  receiver.answer = () => {
    for (const name of readdirSync(spool)) rmSync(path.join(spool, name))
    return { status: 202 }
  }
  assert.deepEqual(await send('{"n":1}', '{"n":2}'), { ...NONE, sent: 1, warnings: [] })
})

test('a server that is busy for a moment is asked again, as it says', async t => {
  const { receiver, send } = await open(t)
  receiver.answer = () =>
    receiver.requests.length === 0 ? { status: 503, headers: { 'retry-after': '1' } } : { status: 202 }
  const startedAt = performance.now()
  assert.deepEqual(countsOf(await send('{}')), { ...NONE, sent: 1 })
  assert.ok(performance.now() - startedAt >= 990)
  assert.equal(receiver.requests.length, 2)
})

test('a server that stays busy is asked three times, one that asks for a minute once; then the report waits', async t => {
  const cases: readonly (readonly [Record<string, string>, number])[] = [
    [{}, 3],
    [{ 'retry-after': '60' }, 1],
  ]
  for (const [headers, requests] of cases) {
    const { receiver, send } = await open(t, { timeoutMs: 120_000 })
    receiver.answer = () => ({ status: 429, headers, body: 'slow down' })
    const { warnings, ...counts } = await send('{"n":1}', '{"n":2}')
    assert.deepEqual(counts, { ...NONE, waiting: 2 })
    assert.equal(receiver.requests.length, requests)
    assert.match(warnings.join(), /takes no report now: 429 slow down\. Waiting in .*: 2 reports/)
  }
})

test('a wrong token or address can be mended: the report waits', async t => {
  for (const [status, said] of [
    [401, 'does not take the token: 401'],
    [403, 'does not take the token: 403'],
    [404, 'has no such address: 404'],
    [308, 'has no such address: 308'],
  ] as const) {
    const { receiver, send } = await open(t)
    receiver.answer = () => ({ status, body: 'told' })
    const { warnings, ...counts } = await send('{}')
    assert.deepEqual(counts, { ...NONE, waiting: 1 })
    assert.match(warnings.join(), new RegExp(said))
    assert.equal(receiver.requests.length, 1)
    receiver.answer = () => ({ status: 202 })
    assert.deepEqual(countsOf(await send()), { ...NONE, sent: 1 })
  }
})

test('a report that is refused is set aside, and its neighbours are sent', async t => {
  const { receiver, spool, send } = await open(t)
  receiver.answer = ({ body }) => ({ status: body.toString() === '{"n":2}' ? 400 : 202, body: 'run.branch: too long' })
  const { warnings, ...counts } = await send('{"n":1}', '{"n":2}', '{"n":3}')
  assert.deepEqual(counts, { ...NONE, sent: 2, refused: 1 })
  assert.match(warnings.join(), /refuses 1 report: 400 run\.branch: too long; kept in .*refused$/)
  assert.equal(readdirSync(path.join(spool, 'refused')).length, 1)
  assert.deepEqual(countsOf(await send()), NONE)
})

test('a server that never answers holds a build up for no longer than the limit, whatever waits', async t => {
  const { receiver, send } = await open(t, { timeoutMs: 300 })
  receiver.answer = () => undefined
  const startedAt = performance.now()
  const { warnings, ...counts } = await send('1', '2', '3')
  assert.deepEqual(counts, { ...NONE, waiting: 3 })
  assert.match(warnings.join(), /did not answer within \d+ ms\. Waiting in .*: 3 reports/)
  assert.ok(performance.now() - startedAt < 2_000)
})

test('a server that breaks the connection off is away', async t => {
  const server = createServer(socket => socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const { send } = await open(t, { url: `http://127.0.0.1:${address.port}` })
  const { warnings, ...counts } = await send('{}')
  assert.deepEqual(counts, { ...NONE, waiting: 1 })
  assert.match(warnings.join(), /cannot be reached: (?:UND_ERR_SOCKET|ECONNRESET)/)
})

test('an address that is none, or that holds a password, is a warning without the password', async t => {
  for (const url of ['nonsense', 'ftp://127.0.0.1/', 'http://user:hunter2@127.0.0.1:1/ingest/ci']) {
    const { send } = await open(t, { url })
    const { warnings, ...counts } = await send('{}')
    assert.deepEqual(counts, { ...NONE, waiting: 1 })
    assert.equal(warnings.length, 1)
    assert.match(warnings[0]!, /cannot be asked: the address must be http or https/)
    assert.doesNotMatch(warnings[0]!, /hunter2/)
  }
})

test('without a spool reports are sent at once, and what cannot be sent is counted as lost', async t => {
  const file = path.join(temporaryFolder('ci-reporter'), 'file')
  writeFileSync(file, '')
  const { receiver, send } = await open(t, { spool: [path.join(file, 'spool')] })
  assert.deepEqual(countsOf(await send('1')), { ...NONE, sent: 1 })
  await receiver.away()
  const { warnings, ...counts } = await send('2', '3')
  assert.deepEqual(counts, { ...NONE, dropped: 2 })
  assert.match(warnings.join(), /No report was taken.*2 reports lost: no spool can be written/)
})

test('what a full spool gives up is counted and told', async t => {
  const { receiver, send } = await open(t)
  await receiver.away()
  const { warnings, ...counts } = await send(...Array.from({ length: 102 }, (_, i) => String(i)))
  assert.deepEqual(counts, { ...NONE, waiting: 100, dropped: 2 })
  assert.match(warnings.join(), /2 reports lost: .*spool is full/)
})
