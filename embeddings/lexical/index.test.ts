import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { TEMPLATES } from '../testing/retrieval/recall.ts'
import { createLexicalProvider } from './index.ts'

const signal = new AbortController().signal
const provider = (dimensions = 384) => createLexicalProvider({ provider: 'lexical', dimensions })
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
const length = (vector: Float32Array) => Math.sqrt(cosine(vector, vector))

test('any text has a vector of length one, and the same text the same vector, whatever came before', async () => {
  const fresh = provider()
  const used = provider()
  await used.embed(TEMPLATES, signal)
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 80 }), async text => {
      const [first] = await fresh.embed([text], signal)
      const [second] = await used.embed([text], signal)
      assert.deepEqual(first, second)
      assert.ok(Math.abs(length(first!) - 1) < 1e-5)
    }),
    { numRuns: 200 },
  )
})

const alike: [text: string, near: string, far: string][] = [
  ['payment timed out', 'PaymentGatewayTimeoutError: no answer within <num>ms', 'user <user> logged in'],
  ['connection refused', 'connect ECONNREFUSED <ip>:<num>', 'connection from <ip> accepted'],
  ['out of memory', 'JavaScript heap limit reached, OOMKilled', 'disk usage <num> percent'],
  ['paymnet tiemout', 'payment timeout', 'report written to <path>'],
  ['データベース接続タイムアウト', 'データベースへの接続がタイムアウトしました', 'ユーザーがログインしました'],
]
for (const [text, near, far] of alike) {
  test(`"${text}" is nearer to "${near}" than to "${far}"`, async () => {
    const [own, close, distant] = await provider().embed([text, near, far], signal)
    assert.ok(cosine(own!, close!) > cosine(own!, distant!) + 0.1, `${cosine(own!, close!)} ${cosine(own!, distant!)}`)
  })
}

test('masked values and their names do not move a vector', async () => {
  const [masked, bare] = await provider().embed(['charge <id> took <num> ms', 'charge took ms'], signal)
  assert.ok(cosine(masked!, bare!) > 0.999)
})

test('vectors of another size belong to another id, and are of that size', async () => {
  const [small, large] = [provider(64), provider(1024)]
  assert.notEqual(small.id, large.id)
  for (const each of [small, large]) assert.equal((await each.embed(['x y z'], signal))[0]!.length, each.dimensions)
})

test('the tokens of a text are told, and the raw vector on demand', async () => {
  let counts: readonly number[] = []
  const onTokens = (tokens: readonly number[]) => {
    counts = tokens
  }
  const [raw] = await provider().embed(['three words here', ''], signal, { normalize: false, onTokens })
  assert.deepEqual(counts, [3, 0])
  assert.ok(Math.abs(length(raw!) - 1) > 0.1)
})

test('an aborted signal ends the work with its reason, also on the way', async () => {
  const reason = new Error('enough')
  await assert.rejects(provider().embed(['x'], AbortSignal.abort(reason)), reason)
  const controller = new AbortController()
  const work = provider().embed(Array<string>(100_000).fill('some text'), controller.signal)
  setImmediate(() => controller.abort(reason))
  await assert.rejects(work, reason)
})

test('whoever changes the vectors changes the revision: stored vectors of one id stay comparable', async () => {
  const one = provider()
  const hash = createHash('sha256')
  for (const vector of await one.embed(alike.flat(), signal)) hash.update(Buffer.from(vector.buffer))
  // On purpose a result of the code: when it differs, raise REVISION and put the new digest here.
  assert.deepEqual([one.id, hash.digest('hex').slice(0, 16)], ['lexical-384@1', '17b4ccc8fab80b06'])
})
