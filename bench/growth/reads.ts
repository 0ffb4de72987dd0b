import type pg from 'pg'
import { partitionsOf } from '../../store/partitions/catalog.ts'
import type { History, Sample } from './history.ts'

const HOUR_MS = 3_600_000
const RUNS = 60
const WARM_UP = 5

export type ReadTimes = Readonly<Record<string, number>>

/** What says how busy the machine is: it reads nothing, and costs the same whatever is stored. */
const REFERENCE = 'SELECT sum(hashint4(n)) FROM generate_series(1, 20000) n'

/** What people and agents ask most, each of a moment that is drawn from all that is stored. */
const READS: Readonly<Record<string, { readonly sql: string; readonly values: (sample: Sample) => unknown[] }>> = {
  trace_by_id: {
    sql: 'SELECT * FROM trace_spans WHERE trace_id = $1 ORDER BY timestamp',
    values: ({ traceId }) => [traceId],
  },
  errors_of_service: {
    sql: `SELECT timestamp, operation_name, status_message, trace_id FROM trace_spans
      WHERE service = 'checkout' AND status = 'error' AND timestamp >= $1 AND timestamp < $2 ORDER BY timestamp DESC LIMIT 50`,
    values: hourOf,
  },
  latency_of_service: {
    sql: `SELECT count(*), percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FROM trace_spans
      WHERE service = 'checkout' AND kind = 'server' AND timestamp >= $1 AND timestamp < $2`,
    values: hourOf,
  },
  logs_of_request: {
    sql: 'SELECT timestamp, service, level, message FROM application_logs WHERE trace_id = $1 AND timestamp >= $2 AND timestamp < $3 ORDER BY timestamp',
    values: sample => [sample.traceId, ...hourOf(sample)],
  },
  timeline_of_trace: {
    sql: `SELECT * FROM entity_timeline('trace_id', $1, $2, $3)`,
    values: sample => [sample.traceId, ...hourOf(sample)],
  },
}

/** The whole hour around a moment. */
function hourOf({ at }: Sample): [Date, Date] {
  const from = Math.floor(+at / HOUR_MS) * HOUR_MS
  return [new Date(from), new Date(from + HOUR_MS)]
}

/** The 95th of a hundred, in milliseconds, of each read. */
export async function measureReads(owner: pg.Client, { samples }: History): Promise<ReadTimes> {
  const times: Record<string, number> = {}
  const reads: typeof READS = { reference: { sql: REFERENCE, values: () => [] }, ...READS }
  for (const [name, { sql, values }] of Object.entries(reads)) {
    const taken: number[] = []
    for (let i = 0; i < WARM_UP + RUNS; i++) {
      const sample = samples[Math.floor(Math.random() * samples.length)]!
      const startedAt = performance.now()
      await owner.query(sql, values(sample))
      if (i >= WARM_UP) taken.push(performance.now() - startedAt)
    }
    taken.sort((a, b) => a - b)
    times[name] = Number(taken[Math.floor(taken.length * 0.95)]!.toFixed(2))
  }
  return times
}

/** By the database's own counters: the partitions of spans that reads of one hour scanned, which should be that day's. */
export async function partitionsTouched(owner: pg.Client, { samples, table }: History): Promise<string[]> {
  const { ranges, rest } = await partitionsOf(owner, table)
  const names = [...ranges.map(({ name }) => name), ...(rest === undefined ? [] : [rest])]
  const scans = async () => {
    await owner.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await owner.query<{ name: string; scans: number }>(
      `SELECT relname AS name, (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::int AS scans FROM pg_stat_user_tables WHERE relname = ANY ($1)`,
      [names],
    )
    return new Map(rows.map(({ name, scans }) => [name, scans]))
  }
  const sample = samples[Math.floor(samples.length / 2)]!
  const before = await scans()
  for (const name of ['errors_of_service', 'latency_of_service']) {
    const read = READS[name]!
    await owner.query(read.sql, read.values(sample))
  }
  const after = await scans()
  return names.filter(name => after.get(name) !== before.get(name))
}
