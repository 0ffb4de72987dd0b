import { parseArgs } from 'node:util'
import pg from 'pg'
import { pino } from 'pino'
import { meaningOf } from '../../embeddings/meaning.ts'
import { openEmbeddingProvider } from '../../embeddings/open.ts'
import type { EmbeddingProvider } from '../../embeddings/provider.ts'
import { DEFAULT_EMBEDDING, embeddingSettings } from '../../embeddings/settings.ts'
import { hasVector } from '../../store/fingerprints/embeddings.ts'
import { storeAt } from '../../store/open.ts'
import { createSearcher } from '../../store/search/index.ts'
import { openBenchDatabase } from '../load/database.ts'
import { readCases, requestOf } from './cases.ts'
import { sendDemo, sendRequest, through } from './demo.ts'
import { latency } from './latency.ts'
import { namesFound, quality } from './quality.ts'
import { QUESTIONS } from './questions.ts'
import { recallOf, shown } from './recall.ts'
import { fill } from './synthetic.ts'
import { wordHash } from './word-hash.ts'

/**
 * How well and how fast search answers.
 *
 *   npm run bench:search -- [--parts cases,demo,latency] [--model FOLDER] [--sizes 1000,10000,100000] [--json]
 *
 * cases: 150 questions of people on call about 150 records of many trades, and as many lines that answer none, sent
 * through a running Sensorium; recall@1, recall@5 and the mean reciprocal rank of each way of looking and of all fused,
 * on the half that weights were chosen on and on the half that they were not, and how often a certainty was right. The providers are the built-in one, a hash
 * of words to compare with, and with --model a sentence model (bench/search/minilm.sh fetches one).
 * demo: the same of 36 questions about what `sensorium demo` leaves behind.
 * latency: the questions asked of stores of each size, by one process. DATABASE_URL measures on another server.
 */
const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'cases,demo,latency' },
    model: { type: 'string' },
    sizes: { type: 'string', default: '1000,10000,100000' },
    json: { type: 'boolean', default: false },
  },
})
const logger = pino({ level: 'silent' })
const signal = new AbortController().signal
const builtIn = await openEmbeddingProvider(DEFAULT_EMBEDDING, logger)
const meaning = meaningOf(builtIn, signal)
const bench = await openBenchDatabase()
const client = new pg.Client({ connectionString: bench.url })
await client.connect()
const store = await storeAt(bench.url)
const result: Record<string, unknown> = { nearest: (await hasVector(client)) ? 'pgvector' : 'in process' }

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  async cases() {
    const cases = await readCases()
    await through(bench.url, endpoint => sendRequest(endpoint, requestOf(cases)), isFolded)
    const providers = new Map<string, EmbeddingProvider>([
      ['static', builtIn],
      ['word hash', wordHash],
    ])
    if (values.model !== undefined) {
      const settings = embeddingSettings.parse({ provider: 'onnx', model_dir: values.model, threads: 1 })
      providers.set('model', await openEmbeddingProvider(settings, logger))
    }
    const { figures, trust, missed } = await quality(store, client, cases, providers)
    const { names, missed: lost, ...typed } = await namesFound(store, client, builtIn)
    await Promise.all([...providers.values()].map(provider => provider.close()))
    Object.assign(result, {
      questions: cases.length,
      figures,
      trust,
      missed,
      names,
      names_missed: lost,
      names_typed: typed,
    })
    if (values.json) return
    console.log(`${cases.length} questions                  recall@1  @5  MRR`)
    for (const { provider, way, half, ...recall } of figures) {
      console.log(`${half.padEnd(10)} ${provider.padEnd(10)} ${way.padEnd(8)} ${shown(recall)}`)
    }
    for (const { provider, half, certainty, right, shown: all, withoutAnswer } of trust) {
      const told = `${right} of ${all} right, ${withoutAnswer} where the answer is not stored`
      console.log(`${half.padEnd(10)} ${provider.padEnd(10)} ${certainty.padEnd(8)} ${told}`)
    }
    console.log(`${names} names typed alone             ${shown(typed)} ${lost.join(', ')}`)
    for (const line of missed.filter(text => text.startsWith('static')))
      console.log(`not among the first five, ${line}`)
  },
  async demo() {
    await through(bench.url, sendDemo, isFolded)
    const { search } = createSearcher(store, meaning)
    const ranks = []
    for (const { text, answer } of QUESTIONS) {
      const { hits } = await search({ text, limit: 10 })
      ranks.push(1 + hits.findIndex(hit => answer.test(hit.template)))
    }
    result.demo = recallOf(ranks)
    if (!values.json) console.log(`${QUESTIONS.length} questions about the demo     ${shown(recallOf(ranks))}`)
  },
  async latency() {
    for (const size of values.sizes.split(',').map(Number)) {
      await fill(client, builtIn, size)
      const texts = QUESTIONS.map(({ text }) => text)
      const times = await latency(createSearcher(store, meaning), texts)
      result[`ms_${size}`] = times
      const [first, p50, p95] = [times.first, times.p50, times.p95].map(ms => ms.toFixed(0))
      if (!values.json) console.log(`${size} problems: p50 ${p50} ms, p95 ${p95} ms, first ${first} ms`)
    }
  },
}
for (const part of values.parts.split(',')) {
  await client.query('TRUNCATE fingerprints, fingerprint_services, fingerprint_texts, fingerprint_embeddings')
  await PARTS[part]!()
}
await builtIn.close()
await client.end()
await bench.close()
if (values.json) console.log(JSON.stringify(result))

/** What was sent is in `fingerprints`, and embedded. */
async function isFolded(): Promise<boolean> {
  const { rows } = await client.query<{ open: number; all: number }>(
    `SELECT (SELECT count(*) FROM fingerprint_sightings)::int AS open, (SELECT count(*) FROM fingerprint_texts)::int AS all`,
  )
  return rows[0]!.open === 0 && rows[0]!.all > 0
}
