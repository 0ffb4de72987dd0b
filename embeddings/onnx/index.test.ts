import assert from 'node:assert/strict'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { EmbeddingError } from '../errors.ts'
import { meaningOf } from '../meaning.ts'
import { keepingLogger } from '../testing/logger.ts'
import { HIDDEN, type TinyBertOptions, tinyBertWeights, writeTinyBert } from '../testing/tiny-bert.ts'
import { hiddenStates } from '../testing/tiny-bert-reference.ts'
import { wordPieces } from '../testing/vocabulary.ts'
import { openOnnxProvider } from './index.ts'
import { onnxSettings } from './settings.ts'

const MAX_TOKENS = 24
const signal = new AbortController().signal
const texts = [
  'payment timed out in checkout',
  'connection refused',
  '',
  'disk full!',
  'the payment of the user timed out in the checkout since the connection to the database was refused, error 503',
  'memory',
]

async function open(t: TestContext, options: TinyBertOptions = {}, settings: object = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'embeddings-onnx-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeTinyBert(folder, { maxTokens: MAX_TOKENS, ...options })
  const { logger, lines } = keepingLogger()
  const parsed = onnxSettings.parse({ provider: 'onnx', model_dir: folder, threads: 1, ...settings })
  const provider = await openOnnxProvider(parsed, logger)
  t.after(() => provider.close())
  return { provider, lines, folder }
}

/** What the vector should be, by the reference: pooled in double precision. */
function expected(text: string, pooling: 'cls' | 'mean' | 'max', tokenTypes = true): number[] {
  const states = hiddenStates(tinyBertWeights(), wordPieces(text.toLowerCase(), MAX_TOKENS), tokenTypes)
  if (pooling === 'cls') return [...states[0]!]
  const column = (at: number) => states.map(state => state[at]!)
  return states[0]!.map((_, at) => {
    if (pooling === 'max') return Math.max(...column(at))
    return column(at).reduce((sum, value) => sum + value, 0) / states.length
  })
}

function assertClose(found: Float32Array, wanted: readonly number[], tolerance: number): void {
  assert.equal(found.length, wanted.length)
  for (const [at, value] of wanted.entries()) {
    assert.ok(Math.abs(found[at]! - value) < tolerance, `at ${at}: ${found[at]}, expected ${value}`)
  }
}

const unit = (vector: readonly number[]) => {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return vector.map(value => value / norm)
}

for (const pooling of ['cls', 'mean', 'max'] as const) {
  test(`${pooling}: vectors are those of the same network computed by hand, whatever they are batched with`, async t => {
    const { provider } = await open(t, { pooling }, { batch_size: 4 })
    assert.equal(provider.dimensions, HIDDEN)
    const raw = await provider.embed(texts, signal, { normalize: false })
    for (const [at, text] of texts.entries()) assertClose(raw[at]!, expected(text, pooling), 2e-5)
    const vectors = await provider.embed(texts, signal)
    for (const [at, text] of texts.entries()) assertClose(vectors[at]!, unit(expected(text, pooling)), 1e-5)
  })
}

test('a model of int8 weights is found under its own name and gives nearly the same', async t => {
  const { provider } = await open(t, { quantised: true, file: 'onnx/model_quantized.onnx' })
  const vectors = await provider.embed(texts, signal)
  for (const [at, text] of texts.entries()) assertClose(vectors[at]!, unit(expected(text, 'mean')), 2e-2)
})

test('a question begins with what the folder wants, and what is searched does not', async t => {
  const { provider } = await open(t, { prompts: { query: 'user: ' } })
  const { embed } = meaningOf(provider, signal)
  assertClose(await embed('disk full'), unit(expected('user: disk full', 'mean')), 1e-5)
  const [stored] = await provider.embed(['disk full'], signal)
  assertClose(stored!, unit(expected('disk full', 'mean')), 1e-5)
  const plain = await open(t, { prompts: { query: 'user: ' } }, { query_instruction: '' })
  assertClose(await meaningOf(plain.provider, signal).embed('disk full'), unit(expected('disk full', 'mean')), 1e-5)
})

test('a model of half precision gives the same to three digits', async t => {
  const { provider } = await open(t, { halfPrecision: true })
  const vectors = await provider.embed(texts, signal)
  for (const [at, text] of texts.entries()) assertClose(vectors[at]!, unit(expected(text, 'mean')), 2e-3)
})

test('a model without token types is not given any', async t => {
  const { provider } = await open(t, { tokenTypes: false })
  const [vector] = await provider.embed([texts[0]!], signal)
  assertClose(vector!, unit(expected(texts[0]!, 'mean', false)), 1e-5)
})

test('tokens are counted as the model sees them: with special ones, after truncation', async t => {
  const { provider } = await open(t)
  let counts: readonly number[] = []
  await provider.embed(texts, signal, {
    onTokens: tokens => {
      counts = tokens
    },
  })
  assert.deepEqual(
    counts,
    texts.map(text => wordPieces(text, MAX_TOKENS).length),
  )
  assert.equal(counts[4], MAX_TOKENS)
})

test('several workers and many calls at once: every text gets its own vector', async t => {
  const { provider } = await open(t, {}, { workers: 2, batch_size: 8 })
  const many = Array.from({ length: 300 }, (_, at) => `payment ${at} timed out ${'x '.repeat(at % 7)}`)
  const whole = await provider.embed(many, signal)
  const parts = await Promise.all(many.map(text => provider.embed([text], signal)))
  for (const at of many.keys()) assertClose(whole[at]!, [...parts[at]![0]!], 1e-5)
})

test('the event loop stays free while the model works', async t => {
  const { provider } = await open(t, {}, { batch_size: 512 })
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const many = Array.from({ length: 3_000 }, (_, at) => `payment ${at} timed out in checkout, ${texts[4]}`)
  delay.enable()
  const startMs = performance.now()
  await provider.embed(many, signal)
  const tookMs = performance.now() - startMs
  delay.disable()
  // Run in this thread, the median turn of the loop would take as long as a batch.
  const medianMs = delay.percentile(50) / 1e6
  assert.ok(medianMs < 25, `median ${medianMs.toFixed(1)} ms of ${tookMs.toFixed(0)} ms`)
})

test('a GPU that is not there gives way to the CPU, with a line that says why', async t => {
  for (const device of ['cuda', 'webgpu'] as const) {
    const { provider, lines } = await open(t, {}, { device })
    if (provider.device !== 'cpu') continue
    const warning = lines.find(line => line.level === 40)
    assert.match(warning?.msg ?? '', new RegExp(`the device ${device} cannot be used \\(.+\\); .*on the CPU`))
    const [vector] = await provider.embed([texts[0]!], signal)
    assertClose(vector!, unit(expected(texts[0]!, 'mean')), 1e-5)
  }
})

test('the id names the model and its revision', async t => {
  const { provider, folder } = await open(t)
  const other = await open(t, { seed: 9 })
  assert.match(provider.id, new RegExp(`^${path.basename(folder)}@[0-9a-f]{12}$`))
  assert.notEqual(provider.id.split('@')[1], other.provider.id.split('@')[1])
})

const faults: [name: string, options: TinyBertOptions, damage: (folder: string) => Promise<void>, says: RegExp][] = [
  [
    'a cut model file',
    {},
    folder => truncate(path.join(folder, 'model.onnx'), 5_000),
    /cannot be loaded; is the file whole/,
  ],
  ['a model file of other content', {}, folder => writeFile(path.join(folder, 'model.onnx'), 'no'), /cannot be loaded/],
  [
    'a tokenizer of no known kind',
    {},
    folder => writeFile(path.join(folder, 'tokenizer.json'), '{}'),
    /tokenizer\.json/,
  ],
  ['no word on pooling', { pooling: 'none' }, () => Promise.resolve(), /set pooling to/],
]
for (const [name, options, damage, says] of faults) {
  test(`${name} is told at the opening, in words that say what to do`, async t => {
    const folder = await mkdtemp(path.join(tmpdir(), 'embeddings-onnx-'))
    t.after(() => rm(folder, { recursive: true }))
    await writeTinyBert(folder, options)
    await damage(folder)
    const settings = onnxSettings.parse({ provider: 'onnx', model_dir: folder, threads: 1 })
    await assert.rejects(openOnnxProvider(settings, keepingLogger().logger), (error: unknown) => {
      assert.ok(error instanceof EmbeddingError && error.code === 'MODEL_UNUSABLE', String(error))
      assert.match(error.message, says)
      return true
    })
  })
}

test('an aborted call rejects with its reason, and the model goes on serving others', async t => {
  const { provider } = await open(t, {}, { batch_size: 2 })
  const controller = new AbortController()
  const reason = new Error('enough')
  const work = provider.embed(Array<string>(400).fill('payment timed out'), controller.signal)
  controller.abort(reason)
  await assert.rejects(work, reason)
  const [vector] = await provider.embed([texts[0]!], signal)
  assertClose(vector!, unit(expected(texts[0]!, 'mean')), 1e-5)
})

test('a worker that dies at work: its call is told to try again, and the next one finds a new worker', async t => {
  const workers: Worker[] = []
  const keep = (worker: Worker) => workers.push(worker)
  process.on('worker', keep)
  t.after(() => process.off('worker', keep))
  const { provider } = await open(t, {}, { batch_size: 512 })
  assert.equal(workers.length, 1)
  // So much text that the thread is ended while it reads it: inside ONNX Runtime it would take the process with it.
  const long = Array<string>(512).fill(texts.join(' ').repeat(4))
  const work = assert.rejects(provider.embed(long, signal), (error: unknown) => {
    assert.ok(error instanceof EmbeddingError && error.isRetryable, String(error))
    assert.match(error.message, /could not embed 512 texts/)
    return true
  })
  await workers[0]!.terminate()
  await work
  const [vector] = await provider.embed([texts[0]!], signal)
  assertClose(vector!, unit(expected(texts[0]!, 'mean')), 1e-5)
  assert.equal(workers.length, 2)
})

test('a vector of something else than numbers is an error that tells what to do, and spoils no other call', async t => {
  const { provider } = await open(t, { brokenWord: 'disk' })
  const isTold = (error: unknown) =>
    error instanceof EmbeddingError && error.code === 'MODEL_UNUSABLE' && error.message.includes('float32 file')
  await assert.rejects(provider.embed(['disk full'], signal), isTold)
  const [vector] = await provider.embed([texts[0]!], signal)
  assertClose(vector!, unit(expected(texts[0]!, 'mean')), 1e-5)
})

test('a provider may be closed at any moment of its work: the process stands', async t => {
  for (let ms = 0; ms < 48; ms += 4) {
    const { provider } = await open(t, {}, { batch_size: 512 })
    const work = assert.rejects(provider.embed(Array<string>(4_000).fill(texts[4]!), signal), { code: 'CLOSED' })
    // Not to wait for anything: the moments are spread over a run of the model.
    await pause(ms)
    await provider.close()
    await work
  }
})

test('a closed provider rejects what is under way and what comes', async t => {
  const { provider } = await open(t, {}, { batch_size: 1 })
  const isClosed = (error: unknown) => error instanceof EmbeddingError && error.code === 'CLOSED'
  const work = assert.rejects(provider.embed(Array<string>(200).fill('payment'), signal), isClosed)
  await provider.close()
  await work
  await assert.rejects(provider.embed(['payment'], signal), isClosed)
})
