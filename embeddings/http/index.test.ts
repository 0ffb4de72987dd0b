import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { EmbeddingError, type EmbeddingErrorCode } from '../errors.ts'
import { createHttpProvider } from './index.ts'
import { httpSettings } from './settings.ts'

const signal = new AbortController().signal
const DIMENSIONS = 3
/** The vector of a text, so that order can be checked: its length and its first letter. */
const vectorOf = (text: string) => [text.length, text.charCodeAt(0), 1]
const unit = (vector: number[]) => vector.map(value => value / Math.hypot(...vector))

interface Call {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: { texts?: string[]; input?: string[]; normalize?: boolean; model?: string; encoding_format?: string }
}
type Answer = (call: Call, nth: number, response: ServerResponse) => unknown

/** A service on loopback that answers with what `answer` returns, as JSON, unless it has answered itself. */
async function service(t: TestContext, answer: Answer) {
  const calls: Call[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const call = { path: request.url!, headers: request.headers, body: JSON.parse(text) as Call['body'] } // our own client
    calls.push(call)
    const value = answer(call, calls.length, response)
    if (!response.writableEnded && value !== undefined) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
    }
  }
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls } // it listens on a port
}

const provider = (url: string, settings: object = {}) =>
  createHttpProvider(
    httpSettings.parse({
      provider: 'http',
      url,
      model: 'test-model',
      dimensions: DIMENSIONS,
      initial_interval_ms: 1,
      max_interval_ms: 20,
      ...settings,
    }),
  )
const good: Answer = ({ body }) => ({ embeddings: (body.texts ?? []).map(vectorOf) })
const refuse = (
  status: number,
  headers: Record<string, string> = {},
  text = '{"error":{"message":"because"}}',
): Answer => {
  return (_call, _nth, response) => response.writeHead(status, headers).end(text)
}
const assertUnit = (vectors: Float32Array[], texts: readonly string[]) => {
  assert.equal(vectors.length, texts.length)
  for (const [at, text] of texts.entries()) {
    for (const [i, value] of unit(vectorOf(text)).entries()) assert.ok(Math.abs(vectors[at]![i]! - value) < 1e-6)
  }
}

test('POST /embed with at most 32 texts a call; vectors come back in order and of length one', async t => {
  const { url, calls } = await service(t, good)
  const texts = Array.from({ length: 100 }, (_, at) => `${String.fromCharCode(65 + (at % 26))}${'x'.repeat(at)}`)
  assertUnit(await provider(url, { token: 'secret-token' }).embed(texts, signal), texts)
  assert.deepEqual(calls.map(call => call.body.texts!.length).sort(), [32, 32, 32, 4])
  for (const { path, headers, body } of calls) {
    assert.equal(path, '/embed')
    assert.equal(body.normalize, true)
    assert.equal(headers.authorization, 'Bearer secret-token')
  }
})

test('OpenAI: base64 or lists, in any order, under the base URL with or without /v1', async t => {
  const base64 = (vector: number[]) => Buffer.from(Float32Array.from(vector).buffer).toString('base64')
  const { url, calls } = await service(t, ({ body }, nth) => ({
    data: body
      .input!.map((text, index) => ({ index, embedding: nth % 2 === 0 ? vectorOf(text) : base64(vectorOf(text)) }))
      .reverse(),
  }))
  const texts = ['alpha', 'be', 'gamma ray']
  for (const base of [url, `${url}/v1`, `${url}/v1/`]) {
    assertUnit(await provider(base, { api: 'openai' }).embed(texts, signal), texts)
  }
  for (const { path, body } of calls) {
    assert.equal(path, '/v1/embeddings')
    assert.equal(body.model, 'test-model')
  }
})

test('a call that fails for now is made again, no sooner than the service asks', async t => {
  let lastMs = 0
  let waitedMs = 0
  const { url, calls } = await service(t, (call, nth, response) => {
    waitedMs = performance.now() - lastMs
    lastMs = performance.now()
    if (nth === 1) return refuse(503)(call, nth, response)
    if (nth === 2) return refuse(429, { 'retry-after': '1' })(call, nth, response)
    return good(call, nth, response)
  })
  assertUnit(await provider(url, { max_interval_ms: 1_000 }).embed(['a'], signal), ['a'])
  assert.equal(calls.length, 3)
  assert.ok(waitedMs >= 990, `waited ${waitedMs} ms`)
})

test('a connection that breaks off is tried again', async t => {
  const { url, calls } = await service(t, (call, nth, response) =>
    nth === 1 ? void response.destroy() : good(call, nth, response),
  )
  assertUnit(await provider(url).embed(['a'], signal), ['a'])
  assert.equal(calls.length, 2)
})

const failures: [
  name: string,
  answer: Answer,
  settings: object,
  code: EmbeddingErrorCode,
  says: RegExp,
  calls: number,
][] = [
  ['a wrong token', refuse(401), {}, 'SERVICE_REFUSED', /401: because; set token/, 1],
  ['a wrong path', refuse(404, {}, 'nothing here'), {}, 'SERVICE_REFUSED', /404: nothing here; check url/, 1],
  ['too many texts', refuse(413), {}, 'SERVICE_REFUSED', /lower batch_size, which is 32/, 1],
  ['a bad request', refuse(400, {}, '{"error":"too long"}'), {}, 'SERVICE_REFUSED', /400: too long/, 1],
  ['an overload that lasts', refuse(429), { max_attempts: 3 }, 'SERVICE_UNAVAILABLE', /429/, 3],
  [
    'a redirect',
    refuse(302, { location: 'http://127.0.0.1:1/' }),
    { max_attempts: 2 },
    'SERVICE_UNAVAILABLE',
    /redirect/,
    2,
  ],
  [
    'no answer in time',
    () => undefined,
    { timeout_ms: 50, max_attempts: 2 },
    'SERVICE_UNAVAILABLE',
    /within timeout_ms, 50 ms/,
    2,
  ],
  ['no JSON', refuse(200, {}, '<html>'), {}, 'SERVICE_REFUSED', /did not answer in JSON: <html>/, 1],
  ['another shape', () => ({ vectors: [] }), {}, 'SERVICE_REFUSED', /is api: embed right\?/, 1],
  ['too few vectors', () => ({ embeddings: [] }), {}, 'SERVICE_REFUSED', /0 embeddings for 1 texts/, 1],
  ['another size', () => ({ embeddings: [[1, 2]] }), {}, 'DIMENSIONS_DIFFER', /2 dimensions, dimensions is 3/, 1],
  ['zeros', () => ({ embeddings: [[0, 0, 0]] }), {}, 'SERVICE_REFUSED', /zeros/, 1],
  ['no number at all', () => ({ embeddings: [[1, null, 0]] }), {}, 'SERVICE_REFUSED', /is api: embed right\?/, 1],
  [
    'NaN in base64',
    () => ({
      data: [{ index: 0, embedding: Buffer.from(Float32Array.of(1, Number.NaN, 0).buffer).toString('base64') }],
    }),
    { api: 'openai' },
    'SERVICE_REFUSED',
    /finite/,
    1,
  ],
  ['numbers past single precision', () => ({ embeddings: [[1e300, 0, 0]] }), {}, 'SERVICE_REFUSED', /finite/, 1],
  [
    'another model',
    () => ({ embeddings: [[1, 0, 0]], model: 'other' }),
    {},
    'SERVICE_REFUSED',
    /serves the model other/,
    1,
  ],
  [
    'another revision',
    () => ({ embeddings: [[1, 0, 0]], model: 'test-model@2' }),
    { revision: '1' },
    'SERVICE_REFUSED',
    /the settings say test-model@1/,
    1,
  ],
  [
    'an answer without an end',
    (_call, _nth, response) => {
      response.on('error', () => {})
      response.end('x'.repeat(2_000_000))
    },
    {},
    'SERVICE_REFUSED',
    /more than \d+ bytes/,
    1,
  ],
  [
    'OpenAI with one vector twice',
    () => ({
      data: [
        { index: 0, embedding: [1, 0, 0] },
        { index: 0, embedding: [1, 0, 0] },
      ],
    }),
    { api: 'openai' },
    'SERVICE_REFUSED',
    /embeddings for 1 texts/,
    1,
  ],
]
for (const [name, answer, settings, code, says, expectedCalls] of failures) {
  test(`${name}: ${code}, after ${expectedCalls} calls`, async t => {
    const { url, calls } = await service(t, answer)
    await assert.rejects(provider(url, settings).embed(['text'], signal), (error: unknown) => {
      assert.ok(error instanceof EmbeddingError, String(error))
      assert.equal(error.code, code, error.message)
      assert.match(error.message, says)
      assert.ok(!error.message.includes('secret'))
      return true
    })
    assert.equal(calls.length, expectedCalls)
  })
}

test('a service of the same model in some revision is taken when the settings name none', async t => {
  const { url } = await service(t, ({ body }) => ({ embeddings: body.texts!.map(vectorOf), model: 'test-model@abc' }))
  assertUnit(await provider(url).embed(['a'], signal), ['a'])
})

test('an empty text and a very long one do not spoil the call that they are in', async t => {
  const { url, calls } = await service(t, good)
  await provider(url, { max_text_chars: 10 }).embed([' ', 'x'.repeat(50)], signal)
  assert.deepEqual(calls[0]!.body.texts, ['empty', 'x'.repeat(10)])
})

test('half a character, be it the cut that leaves it or the log line, is sent as one that every service can read', async t => {
  const { url, calls } = await service(t, good)
  await provider(url, { max_text_chars: 4 }).embed(['abc\u{1f4a5}', '\ud83dx'], signal)
  assert.deepEqual(calls[0]!.body.texts, ['abc\ufffd', '\ufffdx'])
})

test('a service that is away is no fault at the start, and a retryable one at work', async () => {
  const one = provider('http://127.0.0.1:1', { max_attempts: 2 })
  assert.equal(one.id, 'test-model')
  await assert.rejects(
    one.embed(['a'], signal),
    (error: unknown) => error instanceof EmbeddingError && error.isRetryable,
  )
})

test('an abort, and closing, end a call that waits', async t => {
  const arrived = Promise.withResolvers<void>()
  const { url } = await service(t, () => arrived.resolve())
  const controller = new AbortController()
  const reason = new Error('enough')
  const one = provider(url)
  const first = assert.rejects(one.embed(['a'], controller.signal), reason)
  await arrived.promise
  controller.abort(reason)
  await first
  const second = assert.rejects(one.embed(['a'], signal), { code: 'CLOSED' })
  await one.close()
  await second
})

test('settings that cannot work are faults with a key', () => {
  const base = { provider: 'http', url: 'http://127.0.0.1:8000', model: 'm', dimensions: 3 }
  for (const [key, value] of Object.entries({
    url: 'not a url',
    api: 'grpc',
    dimensions: 0,
    token: 'a b',
    batch_size: 0,
  })) {
    const result = httpSettings.safeParse({ ...base, [key]: value })
    assert.deepEqual(
      result.error?.issues.map(issue => issue.path[0]),
      [key],
    )
  }
  assert.ok(!httpSettings.safeParse({ ...base, batchsize: 3 }).success, 'an unknown key')
  assert.ok(!httpSettings.safeParse({ ...base, url: 'ftp://127.0.0.1/' }).success)
})
