import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { openReceiver, type TestReceiver } from '../../delivery/testing/receiver.ts'
import { type ArrivedSpan, runBuyer, spansOf, startShop } from './testing/processes.ts'

const CLIENT = 3
const SERVER = 2
const ERROR = 2

/** Resolves once that many spans have arrived. */
async function arrived(receiver: TestReceiver, count: number): Promise<readonly ArrivedSpan[]> {
  for (let requests = 1; ; requests++) {
    const spans = spansOf(await receiver.received(requests))
    if (spans.length >= count) return spans
  }
}

function oneOf(spans: readonly ArrivedSpan[], service: string, kind: number, path: string): ArrivedSpan {
  const found = spans.filter(
    span =>
      span.resource['service.name'] === service &&
      span.kind === kind &&
      String(span.attributes['url.path'] ?? span.attributes['url.full']).endsWith(path),
  )
  assert.equal(found.length, 1, `${service} has ${found.length} spans of kind ${kind} for ${path}`)
  return found[0]!
}

async function openBoth(t: TestContext, environment: Record<string, string> = {}) {
  const receiver = await openReceiver(t)
  const toReceiver = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...environment }
  return { receiver, toReceiver, shop: await startShop(t, toReceiver) }
}

test('one trace goes from a span through fetch into another process, and on through node:http', async t => {
  const { receiver, toReceiver, shop } = await openBoth(t)
  const buyer = await runBuyer(t, shop.url, toReceiver)
  assert.deepEqual(buyer, { code: 0, output: 'ordered, 3 left; ordered, 3 left\nfetch failed\n' })
  // Of the buyer: buy, 4 fetches. Of the shop: 2 orders, each with one request out and one in, and /broken.
  const spans = await arrived(receiver, 12)
  assert.equal(spans.length, 12)
  const buy = spans.find(({ name }) => name === 'buy')!
  assert.equal(buy.parentSpanId, '')
  assert.deepEqual(new Set(spans.map(({ traceId }) => traceId)), new Set([buy.traceId]))
  const inner = (kind: number) =>
    spans.filter(span => span.kind === kind && JSON.stringify(span.attributes).includes('/stock'))
  for (const n of [1, 2]) {
    const out = oneOf(spans, 'buyer', CLIENT, `/orders/${n}`)
    const into = oneOf(spans, 'shop', SERVER, `/orders/${n}`)
    assert.equal(out.parentSpanId, buy.spanId)
    assert.equal(into.parentSpanId, out.spanId)
    assert.equal(inner(CLIENT).filter(({ parentSpanId }) => parentSpanId === into.spanId).length, 1)
  }
  const outs = inner(CLIENT).map(({ spanId }) => spanId)
  assert.deepEqual(
    inner(SERVER)
      .map(({ parentSpanId }) => parentSpanId)
      .sort(),
    outs.sort(),
  )
})

test('spans say what OpenTelemetry has words for, and nothing of queries and passwords', async t => {
  const { receiver, toReceiver, shop } = await openBoth(t, { NODE_ENV: 'staging' })
  await runBuyer(t, shop.url, toReceiver)
  const spans = await arrived(receiver, 12)
  const { port } = new URL(shop.url)
  const into = oneOf(spans, 'shop', SERVER, '/orders/1')
  const { 'network.peer.port': peerPort, ...intoAttributes } = into.attributes
  assert.ok(Number(peerPort) > 0)
  assert.deepEqual(intoAttributes, {
    'client.address': '127.0.0.1',
    'http.request.method': 'GET',
    'http.route': '/orders/:n',
    'url.scheme': 'http',
    'url.path': '/orders/1',
    'server.address': '127.0.0.1',
    'server.port': Number(port),
    'network.peer.address': '127.0.0.1',
    'network.protocol.version': '1.1',
    'user_agent.original': 'node',
    'http.response.status_code': 200,
  })
  assert.equal(into.name, 'GET /orders/:n')
  const out = oneOf(spans, 'buyer', CLIENT, '/orders/1')
  assert.deepEqual(out.attributes, {
    'http.request.method': 'GET',
    'network.peer.address': '127.0.0.1',
    'network.peer.port': Number(port),
    'network.protocol.version': '1.1',
    'url.full': `${shop.url}/orders/1`,
    'url.path': '/orders/1',
    'url.scheme': 'http',
    'user_agent.original': 'node',
    'server.address': '127.0.0.1',
    'server.port': Number(port),
    'http.response.status_code': 200,
  })
  for (const kind of [CLIENT, SERVER]) {
    const broken = oneOf(spans, kind === CLIENT ? 'buyer' : 'shop', kind, '/broken')
    assert.deepEqual([broken.name, broken.status[0], broken.attributes['error.type']], ['GET', ERROR, '500'])
  }
  const refused = oneOf(spans, 'buyer', CLIENT, '/nobody')
  assert.deepEqual([refused.status[0], refused.attributes['error.type']], [ERROR, 'ECONNREFUSED'])
  assert.doesNotMatch(JSON.stringify(spans), /4111|jane|word/)
  const attributes = into.resource
  assert.equal(attributes['deployment.environment.name'], 'staging')
  assert.equal(attributes['process.pid'], shop.child.pid)
  assert.equal(attributes['process.runtime.name'], 'nodejs')
  assert.equal(attributes['telemetry.sdk.language'], 'nodejs')
  assert.match(String(attributes['service.instance.id']), /^[0-9a-f-]{36}$/)
  assert.deepEqual([out.resource['service.version'], out.resource['deployment.environment.name']], ['1.2.3', 'test'])
})

test('what is told to end sends what waits, then ends as it was told', async t => {
  const { receiver, shop } = await openBoth(t)
  await (await fetch(`${shop.url}/stock`)).text()
  shop.child.kill('SIGTERM')
  const [code, signal] = await once(shop.child, 'exit')
  assert.deepEqual([code, signal], [null, 'SIGTERM'])
  assert.deepEqual(
    spansOf(receiver.requests).map(span => span.attributes['url.path']),
    ['/stock'],
  )
})

test('an application that ends itself is left to it', async t => {
  const { receiver, shop } = await openBoth(t, { APP_ENDS_ITSELF: 'yes' })
  await (await fetch(`${shop.url}/stock`)).text()
  shop.child.kill('SIGTERM')
  await arrived(receiver, 1)
  for (let i = 0; i < 5; i++) await (await fetch(`${shop.url}/stock`)).text()
  const exit = once(shop.child, 'close')
  await assert.rejects(fetch(`${shop.url}/end`))
  assert.deepEqual(await exit, [0, null])
  assert.equal(shop.output().match(/told to end/g)?.length, 1)
})

test('an application whose Sensorium refuses connections works as ever and ends in time', async t => {
  const receiver = await openReceiver(t)
  await receiver.away()
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
  const shop = await startShop(t, environment)
  const buyer = await runBuyer(t, shop.url, environment)
  assert.equal(buyer.code, 0)
  assert.match(buyer.output, /ordered, 3 left; ordered, 3 left/)
  assert.match(buyer.output, /telemetry: cannot deliver: ECONNREFUSED/)
  await endsWithin(shop.child, 4_000)
})

test('an application whose Sensorium never answers works as ever and ends in time', async t => {
  const { receiver, shop } = await openBoth(t)
  receiver.answer = () => undefined
  assert.equal(await (await fetch(`${shop.url}/orders/1`)).text(), 'ordered, 3 left')
  await receiver.received(1)
  await endsWithin(shop.child, 4_000)
})

/** 3 s are promised; the rest is for a slow machine. */
async function endsWithin(child: ChildProcess, ms: number) {
  const startMs = performance.now()
  child.kill('SIGTERM')
  await once(child, 'exit')
  assert.ok(performance.now() - startMs < ms, `it took ${performance.now() - startMs} ms`)
}

test('spans of an outage arrive once Sensorium is back', async t => {
  const { receiver, toReceiver, shop } = await openBoth(t)
  receiver.answer = () => ({ status: 503, headers: { 'retry-after': '0' } })
  const buying = runBuyer(t, shop.url, toReceiver, 'flush')
  await receiver.received(3)
  await receiver.away()
  receiver.requests.length = 0
  receiver.answer = () => ({ status: 200 })
  await receiver.back()
  const spans = await arrived(receiver, 12)
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 12)
  assert.match((await buying).output, /true/)
})
