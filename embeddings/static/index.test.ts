import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { TEMPLATES } from '../testing/retrieval/recall.ts'
import { openStaticProvider, TABLE_FILE } from './index.ts'
import { staticSettings } from './settings.ts'

const signal = new AbortController().signal
const open = (dimensions = 128) => openStaticProvider({ provider: 'static', dimensions })
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
const length = (vector: Float32Array) => Math.sqrt(cosine(vector, vector))

test('any text has a vector of length one, and the same text the same vector, whatever came before', async () => {
  const [fresh, used] = [await open(), await open()]
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
  ['payment timed out', 'PaymentGatewayTimeoutError: no answer within ms', 'user logged in'],
  ['customers cannot pay', 'charge of the card was declined', 'volume mounted'],
  ['ran out of space', 'disk is full', 'session created'],
  ['somebody guesses passwords', 'failed authentication attempts from one address', 'image resized'],
  // What such words mean is not known, but how they are written is.
  ['データベース接続タイムアウト', 'データベースへの接続がタイムアウトしました', 'ユーザーがログインしました'],
  ['ошибка подключения к базе данных', 'нет подключения к базе', 'пользователь вошёл'],
  ['Fehler beim Überlauf', 'Ueberlauf: Fehler', 'Benutzer angemeldet'],
]
for (const [text, near, far] of alike) {
  test(`"${text}" is nearer to "${near}" than to "${far}"`, async () => {
    const [own, close, distant] = await (await open()).embed([text, near, far], signal)
    assert.ok(cosine(own!, close!) > cosine(own!, distant!) + 0.1, `${cosine(own!, close!)} ${cosine(own!, distant!)}`)
  })
}

test('fewer dimensions are the first of more, in a space of their own', async () => {
  const [small, large] = [await open(64), await open()]
  assert.notEqual(small.id, large.id)
  const raw = { normalize: false }
  const [[short], [long]] = await Promise.all([
    small.embed(['disk full'], signal, raw),
    large.embed(['disk full'], signal, raw),
  ])
  assert.deepEqual([...short!], [...long!.subarray(0, 64)])
  assert.equal(staticSettings.safeParse({ provider: 'static', dimensions: 129 }).success, false)
})

test('the tokens of a text are told, and the raw vector on demand', async () => {
  let counts: readonly number[] = []
  const onTokens = (tokens: readonly number[]) => {
    counts = tokens
  }
  const texts = ['three words here', '']
  const [raw] = await (await open()).embed(texts, signal, { normalize: false, onTokens })
  assert.deepEqual(counts, [3, 0])
  assert.ok(Math.abs(length(raw!) - 1) > 0.1)
})

test('an aborted signal ends the work with its reason, also on the way', async () => {
  const reason = new Error('enough')
  const provider = await open()
  await assert.rejects(provider.embed(['x'], AbortSignal.abort(reason)), reason)
  const controller = new AbortController()
  const work = provider.embed(Array<string>(100_000).fill('some text'), controller.signal)
  setImmediate(() => controller.abort(reason))
  await assert.rejects(work, reason)
})

test('words that never come again are not kept without end, and change no other vector', async () => {
  const provider = await open()
  const [before] = await provider.embed(['payment refused'], signal)
  const random = Array.from({ length: 40_000 }, (_, n) => `tok${n.toString(36)}x payment`)
  await provider.embed(random, signal)
  assert.deepEqual((await provider.embed(['payment refused'], signal))[0], before)
})

test('the table is the one that its page tells of, and small', async () => {
  const bytes = await readFile(TABLE_FILE)
  const page = JSON.parse(await readFile(new URL(`${TABLE_FILE.href.replace(/table$/, 'json')}`), 'utf8')) as Record<
    string,
    unknown
  > // written by embeddings/distil
  assert.equal(createHash('sha256').update(bytes).digest('hex'), page.sha256)
  assert.ok(bytes.length < 5_000_000)
  assert.deepEqual([page.license, typeof page.version, typeof page.teacher], ['Apache-2.0', 'string', 'object'])
})

test('whoever changes the vectors changes the id: stored vectors of one id stay comparable', async () => {
  const provider = await open()
  const hash = createHash('sha256')
  for (const vector of await provider.embed(alike.flat(), signal)) {
    hash.update(vector.map(number => Math.round(number * 1e4)).join())
  }
  // On purpose a result of the code: when it differs for the same table, raise REVISION.
  assert.deepEqual([provider.id, hash.digest('hex').slice(0, 16)], ['static-128@1.1fbba0bd', '3dfb1c4cbe86fb9c'])
})
