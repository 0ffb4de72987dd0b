import path from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createLexicalProvider } from '../../embeddings/lexical/index.ts'
import { meaningOf } from '../../embeddings/meaning.ts'
import { vectorSpace } from '../../embeddings/provider.ts'
import { hasVector } from '../../store/fingerprints/embeddings.ts'
import { storeAt } from '../../store/open.ts'
import { createSearcher, type Searcher } from '../../store/search/index.ts'
import { environmentOf, freePorts, runCommand, startSensorium } from '../../tests/sensorium-process.ts'
import { openBenchDatabase } from '../load/database.ts'
import { QUESTIONS, type Question } from './questions.ts'
import { fill } from './synthetic.ts'

/**
 * How well and how fast search answers.
 *
 *   npm run bench:search -- [--sizes 1000,10000,100000] [--json]
 *
 * Quality: the demo is sent to Sensorium, and paraphrased questions are asked of what it left; recall@1, recall@5 and
 * the mean reciprocal rank of the first right answer. Reference, in the same run: the same search without vectors.
 * Latency: the same questions to stores of each size, `sensorium search` being one question with a cold start, the
 * console and agents asking one process many. DATABASE_URL measures on another server than the embedded one.
 */
const DEPTH = 10
const DEMOS = [1, 2, 3]
const DEMO_MINUTES = 10
const ROUNDS = 3

const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '1000,10000,100000' }, json: { type: 'boolean', default: false } },
})
const provider = createLexicalProvider({ provider: 'lexical', dimensions: 384 })
const meaning = meaningOf(provider, new AbortController().signal)
const bench = await openBenchDatabase()
const client = new pg.Client({ connectionString: bench.url })
await client.connect()
const store = await storeAt(bench.url)

await sendDemo()
const hybrid = await quality(createSearcher(store, meaning))
const wordsOnly = await quality(createSearcher(store))
const { rows } = await client.query(
  'SELECT count(*)::int AS problems, count(DISTINCT group_id)::int AS groups FROM fingerprints',
)
const result: Record<string, unknown> = {
  nearest_neighbours: (await hasVector(client)) ? 'pgvector' : 'in process',
  questions: QUESTIONS.length,
  ...rows[0],
  ...figures('', hybrid.all),
  ...figures('trouble_', hybrid.trouble),
  ...figures('reference_', wordsOnly.all),
  ...figures('reference_trouble_', wordsOnly.trouble),
  ratio_mrr: round(hybrid.all.mrr / wordsOnly.all.mrr),
}
await client.query('TRUNCATE fingerprints, fingerprint_services, fingerprint_texts, fingerprint_embeddings')
for (const size of values.sizes.split(',').map(Number)) {
  await fill(client, provider, size)
  const { first, p50, p95 } = await latency(createSearcher(store, meaning))
  Object.assign(result, { [`first_ms_${size}`]: first, [`p50_ms_${size}`]: p50, [`p95_ms_${size}`]: p95 })
}
await client.end()
await bench.close()
if (values.json) console.log(JSON.stringify({ ...result, missed: hybrid.missed }))
else {
  for (const [key, value] of Object.entries(result)) console.log(`${key.padEnd(24)} ${value}`)
  for (const text of hybrid.missed) console.log(`not among the first five: ${text}`)
}

async function sendDemo(): Promise<void> {
  const ports = await freePorts()
  const config = path.join(import.meta.dirname, '../sensorium.yaml')
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: bench.url }, config })
  for (const seed of DEMOS) {
    const args = ['--seed', String(seed), '--minutes', String(DEMO_MINUTES), '--truth', '/dev/null']
    const endpoint = ['--endpoint', `http://127.0.0.1:${ports.http}`]
    const { code, stderr } = await runCommand(['demo', ...args, ...endpoint], environmentOf(ports))
    if (code !== 0) throw new Error(`the demo ended with ${code}: ${stderr}`)
  }
  const open = `SELECT (SELECT count(*) FROM fingerprint_sightings) + (SELECT count(*) FROM fingerprint_texts t
    WHERE NOT EXISTS (SELECT FROM fingerprint_embeddings e WHERE e.fingerprint = t.fingerprint AND e.model = $1)) AS n`
  while ((await client.query<{ n: string }>(open, [vectorSpace(provider)])).rows[0]!.n !== '0') {
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  await sensorium.end('SIGTERM')
}

async function quality(searcher: Searcher) {
  const ranked: { readonly question: Question; readonly rank: number }[] = []
  for (const question of QUESTIONS) {
    const { hits } = await searcher.search({ text: question.text, limit: DEPTH })
    ranked.push({ question, rank: hits.findIndex(hit => question.answer.test(hit.template)) + 1 })
  }
  return {
    all: recall(ranked.map(({ rank }) => rank)),
    trouble: recall(ranked.filter(({ question }) => question.about === 'trouble').map(({ rank }) => rank)),
    missed: ranked.filter(({ rank }) => rank === 0 || rank > 5).map(({ question }) => question.text),
  }
}

/** Of ranks from 1; 0 stands for not found. */
function recall(ranks: readonly number[]) {
  const share = (isRight: (rank: number) => boolean) => round(ranks.filter(isRight).length / ranks.length)
  return {
    at1: share(rank => rank === 1),
    at5: share(rank => rank >= 1 && rank <= 5),
    mrr: round(ranks.reduce((sum, rank) => sum + (rank === 0 ? 0 : 1 / rank), 0) / ranks.length),
  }
}

function figures(prefix: string, { at1, at5, mrr }: ReturnType<typeof recall>) {
  return { [`${prefix}recall_at_1`]: at1, [`${prefix}recall_at_5`]: at5, [`${prefix}mrr`]: mrr }
}

async function latency(searcher: Searcher) {
  const timed = async ({ text }: Question) => {
    const from = performance.now()
    await searcher.search({ text, limit: DEPTH })
    return performance.now() - from
  }
  const first = await timed(QUESTIONS[0]!)
  const times: number[] = []
  for (let n = 0; n < ROUNDS; n++) for (const question of QUESTIONS) times.push(await timed(question))
  times.sort((a, b) => a - b)
  const at = (fraction: number) => round(times[Math.floor(times.length * fraction)]!)
  return { first: round(first), p50: at(0.5), p95: at(0.95) }
}

function round(value: number): number {
  return Number(value.toFixed(3))
}
