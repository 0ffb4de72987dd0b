import { parseArgs } from 'node:util'
import pg from 'pg'
import { BlockCollector } from '../../exporters/timescale/blocks/collect.ts'
import { entityMatcher } from '../../exporters/timescale/blocks/entities.ts'
import { filterOf } from '../../exporters/timescale/blocks/filter.ts'
import { timescale } from '../../exporters/timescale/index.ts'
import type { BatchOf } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { fingerprint } from '../../processors/fingerprint/index.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { storeAt } from '../../store/open.ts'
import { openBenchDatabase } from '../load/database.ts'
import { BATCH_RECORDS, batchOf, QUESTIONS } from './lines.ts'

/**
 * What a search for words in many logs takes, and what it costs to be able to.
 *
 *   npm run bench:words -- [--rows 5000000] [--rounds 20] [--data DIR] [--json]
 *
 * A day of logs goes through the processor `fingerprint` and the exporter as in production. Then the latest 100 hits of
 * words of each sort are asked for with `log_search`. Reference, in the same run: the same words by reading every line
 * (ILIKE), once. The cost on ingest is the time of the blocks against that of fingerprint, encoding and commit together,
 * over the same batches, and their bytes a row. A store of an earlier run in DIR is asked as it is; what it cost is not
 * known then.
 */
const P95_MAX_MS = 300
const number = (byDefault: string) => ({ type: 'string', default: byDefault }) as const
const { values } = parseArgs({
  options: {
    rows: number('5000000'),
    rounds: number('20'),
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const rows = Number(values.rows)
const rounds = Number(values.rounds)
const never = new AbortController().signal

const bench = await openBenchDatabase(values.data)
const client = new pg.Client({ connectionString: bench.url })
await client.connect()
const exporter = timescale.create(
  timescale.config.parse({}),
  () => Promise.reject(new Error('called next')),
  testContext('timescale', { database: await storeAt(bench.url) }),
)
await exporter.start!(never)
const collector = new BlockCollector(entityMatcher(['*.id', '*_id']))
const spent = { path: 0, blocks: 0 }
const recognise = fingerprint.create({}, async batch => store(batch as BatchOf<'logs'>), testContext('fingerprint')) // logs go in
async function store(batch: BatchOf<'logs'>): Promise<void> {
  const startedAt = process.cpuUsage()
  for (const item of batch.items) collector.add(item, 0n)
  for (const { hashes } of collector.take()) filterOf(hashes)
  const used = process.cpuUsage(startedAt)
  spent.blocks += used.user + used.system
  await exporter.consume!(batch, never)
}
const filledFrom = performance.now()
const before = process.cpuUsage()
const total = Math.ceil(rows / BATCH_RECORDS)
const start = BigInt(Date.now() - 86_400_000) * 1_000_000n
const isFilled = (await bench.count('logs')) > 0
for (let n = 0; n < total && !isFilled; n += 4) {
  const batches = Array.from({ length: Math.min(4, total - n) }, (_, i) => batchOf(n + i, total, start))
  await Promise.all(batches.map(batch => recognise.consume!(batch, never)))
  if (n % 500 === 0) while ((await foldSightings(client)).sightings > 0);
}
const cpu = process.cpuUsage(before)
spent.path = cpu.user + cpu.system - spent.blocks
while ((await foldSightings(client)).sightings > 0);
await client.query('VACUUM (ANALYZE, SKIP_LOCKED)')
await client.query('VACUUM (ANALYZE) logs')
const fillSeconds = (performance.now() - filledFrom) / 1000

const size = async (table: string) => {
  const { rows: found } = await client.query<{ bytes: string }>(
    `SELECT sum(pg_total_relation_size(relid)) AS bytes FROM (SELECT $1::regclass AS relid UNION ALL
       SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::regclass) t`,
    [table],
  )
  return Number(found[0]!.bytes)
}
const blockBytes = await size('log_blocks')
const { rows: counted } = await client.query<{ blocks: number; fingerprints: number }>(
  'SELECT (SELECT count(*)::int FROM log_blocks) AS blocks, (SELECT count(*)::int FROM fingerprints) AS fingerprints',
)

const results = []
for (const [name, wordsOf] of Object.entries(QUESTIONS)) {
  const times: number[] = []
  let hits = 0
  for (let n = 0; n < rounds; n++) {
    const startedAt = performance.now()
    const found = await client.query(`SELECT * FROM log_search($1, now() - interval '2 days', now())`, [
      wordsOf(n, rows),
    ])
    times.push(performance.now() - startedAt)
    hits += found.rowCount ?? 0
  }
  const words = wordsOf(0, rows).replaceAll('"', '')
  const startedAt = performance.now()
  await client.query(
    `SELECT * FROM application_logs WHERE timestamp > now() - interval '2 days' AND message ILIKE ALL ($1) ORDER BY timestamp DESC LIMIT 100`,
    [words.split(' ').map(word => `%${word}%`)],
  )
  const reference = performance.now() - startedAt
  results.push({
    words: name,
    hits: Math.round(hits / rounds),
    p50_ms: at(times, 0.5),
    p95_ms: at(times, 0.95),
    every_line_ms: Math.round(reference),
  })
}
await exporter.shutdown!(AbortSignal.timeout(10_000))
await client.end()
await bench.close()

const result = {
  rows,
  ...counted[0]!,
  fill_s: Math.round(fillSeconds),
  blocks_bytes_a_row: Math.round((blockBytes / rows) * 100) / 100,
  blocks_cpu_us_a_row: Math.round((spent.blocks / rows) * 100) / 100,
  path_cpu_us_a_row: Math.round((spent.path / rows) * 100) / 100,
  blocks_share_of_our_cpu: Math.round((spent.blocks / (spent.path || 1)) * 1000) / 1000,
}
if (values.json) console.log(JSON.stringify({ ...result, results }))
else {
  for (const [key, value] of Object.entries(result)) console.log(`${key.padEnd(26)} ${value}`)
  console.table(results)
}
const missed = results.filter(({ p95_ms }) => p95_ms > P95_MAX_MS)
for (const { words, p95_ms } of missed) console.error(`${words}: p95 ${p95_ms} ms; ${P95_MAX_MS} ms are the target`)
if (missed.length > 0) process.exitCode = 1

function at(list: readonly number[], q: number): number {
  const sorted = list.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]! * 10) / 10
}
