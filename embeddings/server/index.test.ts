import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createHttpProvider } from '../http/index.ts'
import { httpSettings } from '../http/settings.ts'
import type { EmbeddingProvider } from '../provider.ts'
import { openStaticProvider } from '../static/index.ts'
import { gatedProvider } from '../testing/gated-provider.ts'
import { keepingLogger } from '../testing/logger.ts'
import { startEmbeddingServer } from './index.ts'
import { serverSettings } from './settings.ts'

const DIMENSIONS = 64
const builtIn = await openStaticProvider({ provider: 'static', dimensions: DIMENSIONS })
const signal = new AbortController().signal
const JSON_TYPE = { 'content-type': 'application/json' }

async function serve(t: TestContext, provider: EmbeddingProvider = builtIn, changed: object = {}) {
  const { logger, lines } = keepingLogger()
  const settings = serverSettings.parse({ endpoint: '127.0.0.1:0', shutdown_timeout_ms: 2_000, ...changed })
  const server = await startEmbeddingServer(settings, logger)
  t.after(() => server.stop())
  server.serve(provider)
  const url = `http://${server.address}`
  const post = (path: string, body: unknown, headers: Record<string, string> = JSON_TYPE) =>
    fetch(url + path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
  return { server, url, post, lines }
}
const connectTo = (address: string): Socket => {
  const [host, port] = address.split(':')
  return connect({ host, port: Number(port) }).on('error', () => {})
}
const errorOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: { message: string; code: string } } // the shape of all errors
  return error
}
const length = (vector: number[]) => Math.hypot(...vector)

for (const path of ['/embed', '/v1/embed']) {
  test(`POST ${path}: one vector a text, of length one unless normalize is false`, async t => {
    const { post } = await serve(t)
    const texts = ['payment timed out', 'disk full']
    const expected = await builtIn.embed(texts, signal)
    const response = await post(path, { texts })
    assert.equal(response.status, 200)
    const body = (await response.json()) as {
      embeddings: number[][]
      model: string
      dimensions: number
      tokens: number[]
    } // as documented
    assert.deepEqual(
      body.embeddings,
      expected.map(vector => [...vector]),
    )
    assert.deepEqual([body.model, body.dimensions, body.tokens], [builtIn.id, DIMENSIONS, [3, 2]])
    const raw = (await (await post(path, { texts, normalize: false })).json()) as { embeddings: number[][] } // as documented
    assert.ok(Math.abs(length(raw.embeddings[0]!) - 1) > 0.1)
    for (const vector of body.embeddings) assert.ok(Math.abs(length(vector) - 1) < 1e-6)
  })
}

test('POST /v1/embeddings: the shape of OpenAI, floats and base64 alike', async t => {
  const { post } = await serve(t)
  const [expected] = await builtIn.embed(['payment timed out'], signal)
  for (const input of ['payment timed out', ['payment timed out']]) {
    const body = { input, model: 'static-64', user: 'someone', dimensions: DIMENSIONS }
    const float = await (await post('/v1/embeddings', body)).json()
    assert.deepEqual(float, {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [...expected!] }],
      model: builtIn.id,
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })
    const coded = (await (await post('/v1/embeddings', { ...body, encoding_format: 'base64' })).json()) as {
      data: { embedding: string }[]
    } // as above
    const bytes = Buffer.from(coded.data[0]!.embedding, 'base64')
    assert.deepEqual(
      Float32Array.from({ length: DIMENSIONS }, (_, at) => bytes.readFloatLE(at * 4)),
      expected,
    )
  }
})

const refusals: [
  name: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
  status: number,
  code: string,
][] = [
  ['no JSON', '/embed', '{"texts": [', JSON_TYPE, 400, 'invalid_json'],
  ['an empty body', '/embed', '', JSON_TYPE, 400, 'invalid_json'],
  ['no texts', '/embed', {}, JSON_TYPE, 400, 'invalid_body'],
  ['an empty list', '/embed', { texts: [] }, JSON_TYPE, 400, 'invalid_body'],
  ['numbers for texts', '/embed', { texts: [1] }, JSON_TYPE, 400, 'invalid_body'],
  ['token ids', '/v1/embeddings', { input: [1, 2] }, JSON_TYPE, 400, 'invalid_body'],
  [
    'an encoding that is none',
    '/v1/embeddings',
    { input: 'x', encoding_format: 'hex' },
    JSON_TYPE,
    400,
    'invalid_body',
  ],
  ['fewer dimensions', '/v1/embeddings', { input: 'x', dimensions: 32 }, JSON_TYPE, 400, 'dimensions_unsupported'],
  ['another model', '/v1/embeddings', { input: 'x', model: 'other' }, JSON_TYPE, 404, 'model_not_found'],
  ['another model', '/embed', { texts: ['x'], model: 'static-128' }, JSON_TYPE, 404, 'model_not_found'],
  ['33 texts', '/embed', { texts: Array(33).fill('x') }, JSON_TYPE, 413, 'too_many_texts'],
  ['33 inputs', '/v1/embeddings', { input: Array(33).fill('x') }, JSON_TYPE, 413, 'too_many_texts'],
  ['a large body', '/embed', { texts: ['x'.repeat(5_000)] }, JSON_TYPE, 413, 'body_too_large'],
  ['a form', '/embed', 'texts=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_type'],
  ['another path', '/embeddings', { texts: ['x'] }, JSON_TYPE, 404, 'not_found'],
]
for (const [name, path, body, headers, status, code] of refusals) {
  test(`${path} with ${name}: ${status} ${code}`, async t => {
    const { post } = await serve(t, builtIn, { max_body_bytes: 4_096 })
    const response = await post(path, body, headers)
    const error = await errorOf(response)
    assert.deepEqual([response.status, error.code], [status, code], error.message)
    assert.ok(error.message.length > 10)
    assert.equal((await post('/embed', { texts: ['still there'] })).status, 200)
  })
}

test('a body without a declared length is cut off at the limit too', async t => {
  const { url } = await serve(t, builtIn, { max_body_bytes: 4_096 })
  const body = new ReadableStream({
    pull: controller => controller.enqueue(new TextEncoder().encode('x'.repeat(1_000))),
  })
  const response = await fetch(`${url}/embed`, { method: 'POST', headers: JSON_TYPE, body, duplex: 'half' })
  assert.equal(response.status, 413)
})

test('another method is told which', async t => {
  const { url } = await serve(t)
  const response = await fetch(`${url}/embed`)
  assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST'])
})

test('with a token, only those who know it are served, and health stays open', async t => {
  const token = 'a-token-that-is-long-enough'
  const { url, post } = await serve(t, builtIn, { token })
  for (const authorization of ['', 'Bearer wrong', `Basic ${token}`, `Bearer ${token}x`]) {
    const response = await post('/embed', { texts: ['x'] }, { ...JSON_TYPE, authorization })
    assert.deepEqual([response.status, response.headers.get('www-authenticate')], [401, 'Bearer'])
    assert.ok(!(await response.text()).includes(token))
  }
  assert.equal((await fetch(`${url}/metrics`)).status, 401)
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
  const known = { ...JSON_TYPE, authorization: `Bearer ${token}` }
  assert.equal((await post('/embed', { texts: ['x'] }, known)).status, 200)
})

test('strangers cannot reach a service without a token, unless someone says so', async t => {
  const { logger } = keepingLogger()
  const listen = (settings: object) => startEmbeddingServer(serverSettings.parse(settings), logger)
  await assert.rejects(listen({ endpoint: '0.0.0.0:0' }), { code: 'SETTINGS_INVALID' })
  for (const settings of [{ insecure: true }, { token: 'a-token-that-is-long-enough' }]) {
    const server = await listen({ endpoint: '0.0.0.0:0', ...settings })
    await server.stop()
  }
  const { server } = await serve(t)
  await assert.rejects(listen({ endpoint: server.address }), { code: 'ADDRESS_UNAVAILABLE' })
})

test('until the model is there callers are told 503 with Retry-After, whatever they ask; then they are served', async t => {
  const { logger } = keepingLogger()
  const server = await startEmbeddingServer(serverSettings.parse({ endpoint: '127.0.0.1:0' }), logger)
  t.after(() => server.stop())
  const url = `http://${server.address}`
  const post = (path: string) => fetch(url + path, { method: 'POST', headers: JSON_TYPE, body: '{"texts": ["x"]}' })
  for (const path of ['/embed', '/v1/embed', '/v1/embeddings']) {
    const response = await post(path)
    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '2'])
    assert.equal((await errorOf(response)).code, 'loading')
  }
  const health = await fetch(`${url}/healthz`)
  assert.deepEqual([health.status, await health.json()], [503, { status: 'loading' }])
  server.serve(builtIn)
  assert.equal((await post('/embed')).status, 200)
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
})

test('overload: the queue stays bounded, the rest is told 429 with Retry-After, and what was taken is answered', async t => {
  const provider = gatedProvider()
  const { post, url } = await serve(t, provider, { max_queue_texts: 20, max_batch_texts: 10, max_batch_wait_ms: 0 })
  const first = post('/embed', { texts: ['first'] })
  await provider.begun(1)
  const flood = Array.from({ length: 60 }, (_, at) => post('/embed', { texts: [`text ${at}`] }))
  const early: Response[] = []
  const refusedAll = Promise.withResolvers<void>()
  for (const each of flood) {
    void each.then(response => {
      early.push(response)
      if (early.length === 40) refusedAll.resolve()
    })
  }
  await refusedAll.promise
  assert.ok(early.every(response => response.status === 429 && Number(response.headers.get('retry-after')) >= 1))
  const { queue } = (await (await fetch(`${url}/healthz`)).json()) as { queue: object } // as documented
  assert.deepEqual(queue, { waiting: 20, running: 1, limit: 20 })
  provider.open()
  assert.equal((await first).status, 200)
  const statuses = (await Promise.all(flood)).map(response => response.status)
  assert.equal(statuses.filter(status => status === 200).length, 20)
  assert.equal(provider.runs.flat().length, 21)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.match(metrics, /^sensorium_embedding_requests_total\{path="\/embed",status="429"\} 40$/m)
  assert.match(metrics, /^sensorium_embedding_texts_total 21$/m)
  assert.match(metrics, /^sensorium_embedding_queue_texts 0$/m)
})

test('more requests at once than allowed are told so before their bodies are read', async t => {
  const provider = gatedProvider()
  const { post } = await serve(t, provider, { max_concurrent_requests: 1 })
  const first = post('/embed', { texts: ['a'] })
  await provider.begun(1)
  const second = await post('/embed', { texts: ['b'] })
  assert.deepEqual([second.status, (await errorOf(second)).code], [429, 'too_many_requests'])
  provider.open()
  assert.equal((await first).status, 200)
})

test('a caller that hangs up leaves the queue, and nobody is blamed for it', async t => {
  const provider = gatedProvider()
  const { post, url, lines } = await serve(t, provider, { max_batch_wait_ms: 0 })
  const first = post('/embed', { texts: ['first'] })
  await provider.begun(1)
  const controller = new AbortController()
  const body = JSON.stringify({ texts: ['gone'] })
  const gone = fetch(`${url}/embed`, { method: 'POST', headers: JSON_TYPE, body, signal: controller.signal })
  const waiting = async () =>
    ((await (await fetch(`${url}/healthz`)).json()) as { queue: { waiting: number } }).queue.waiting
  while ((await waiting()) !== 1);
  controller.abort()
  await assert.rejects(gone)
  while ((await waiting()) !== 0);
  provider.open()
  assert.equal((await first).status, 200)
  assert.deepEqual(provider.runs, [['first']])
  assert.match(await (await fetch(`${url}/metrics`)).text(), /\{path="\/embed",status="499"\} 1$/m)
  assert.deepEqual(
    lines.filter(line => line.level >= 40),
    [],
  )
})

for (const [name, head] of [
  ['with a declared length', 'content-length: 100\r\n\r\n{"tex'],
  ['in chunks', 'transfer-encoding: chunked\r\n\r\n5\r\n{"tex\r\n'],
] as const) {
  test(`a body that breaks off costs nobody anything: ${name}`, async t => {
    const { server, post, url, lines } = await serve(t)
    const socket = connectTo(server.address)
    socket.write(`POST /embed HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${head}`)
    await once(socket, 'connect')
    const isSeen = async () => (await (await fetch(`${url}/metrics`)).text()).includes('path="/embed"')
    socket.destroy()
    while (!(await isSeen()));
    assert.equal((await post('/embed', { texts: ['x'] })).status, 200)
    assert.deepEqual(
      lines.filter(line => line.level >= 40),
      [],
    )
  })
}

test('a model that fails is a 503 with Retry-After, told once in the log, and an ill service says so until it is well', async t => {
  const provider = gatedProvider()
  const { post, url, lines } = await serve(t, provider, { max_batch_wait_ms: 0 })
  for (let nth = 1; nth <= 3; nth++) {
    const work = post('/embed', { texts: ['x'] })
    await provider.begun(nth)
    provider.release(new Error('out of GPU memory'))
    const response = await work
    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '1'])
    assert.match((await errorOf(response)).message, /out of GPU memory/)
    assert.equal(lines.filter(line => line.level === 50).length, nth)
  }
  const ill = await fetch(`${url}/healthz`)
  assert.deepEqual([ill.status, ((await ill.json()) as { status: string }).status], [503, 'failing'])
  provider.open()
  assert.equal((await post('/embed', { texts: ['x'] })).status, 200)
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
})

test('stopping answers what is under way, takes nothing new, and does not wait for idle connections', async t => {
  const provider = gatedProvider()
  const { server, post } = await serve(t, provider, { max_batch_wait_ms: 0, shutdown_timeout_ms: 60_000 })
  const idle = connectTo(server.address)
  // Half a request: this connection is not idle, so it can still ask.
  const late = connectTo(server.address)
  late.write('POST /embed HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n')
  await Promise.all([once(idle, 'connect'), once(late, 'connect')])
  const first = post('/embed', { texts: ['first'] })
  await provider.begun(1)
  const stopped = server.stop()
  late.write('content-length: 16\r\n\r\n{"texts": ["b"]}')
  const [answer] = await once(late.setEncoding('utf8'), 'data')
  assert.match(answer, /^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*the service is ending/i)
  provider.open()
  assert.equal((await first).status, 200)
  await stopped
  assert.deepEqual(provider.runs, [['first']])
})

test('what is not done at the deadline is cut off', async t => {
  const provider = gatedProvider()
  const { server, post } = await serve(t, provider, { max_batch_wait_ms: 0, shutdown_timeout_ms: 50 })
  const work = assert.rejects(post('/embed', { texts: ['slow'] }))
  await provider.begun(1)
  await server.stop()
  await work
  provider.open()
})

for (const api of ['embed', 'openai'] as const) {
  test(`our own client understands our own service: api ${api}`, async t => {
    const { url } = await serve(t)
    const settings = { provider: 'http', url, api, model: 'static-64', dimensions: DIMENSIONS }
    const client = createHttpProvider(httpSettings.parse(settings))
    const texts = Array.from({ length: 70 }, (_, at) => `text number ${at} timed out`)
    assert.deepEqual(await client.embed(texts, signal), await builtIn.embed(texts, signal))
  })
}
