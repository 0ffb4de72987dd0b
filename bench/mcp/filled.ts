import pg from 'pg'
import { rollRange } from '../../store/kpis/range.ts'
import { type BenchDatabase, openBenchDatabase } from '../load/database.ts'
import { fill } from './fill.ts'

const number = (byDefault: string) => ({ type: 'string', default: byDefault }) as const

/** How large the store is that is asked, and where it is kept: alike for every benchmark of what people and agents ask. */
export const STORE_OPTIONS = {
  spans: number('5000000'),
  logs: number('5000000'),
  fingerprints: number('50000'),
  data: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

interface StoreValues {
  readonly spans: string
  readonly logs: string
  readonly fingerprints: string
  readonly data?: string | undefined
}

export interface FilledStore {
  readonly bench: BenchDatabase
  readonly owner: pg.Client
  readonly sizes: { readonly spans: number; readonly logs: number; readonly fingerprints: number }
  /** When its newest span began: what is kept gets older, and what is asked is of its end all the same. */
  readonly until: Date
  readonly fillSeconds: number
  close(): Promise<void>
}

const DAY_MS = 86_400_000

/** With `data` the rows stay in that folder, and the next run measures without making them. */
export async function openFilledStore({ data, ...of }: StoreValues): Promise<FilledStore> {
  const sizes = { spans: Number(of.spans), logs: Number(of.logs), fingerprints: Number(of.fingerprints) }
  const bench = await openBenchDatabase(data)
  const owner = new pg.Client({ connectionString: bench.url })
  await owner.connect()
  const from = performance.now()
  const { rows } = await owner.query('SELECT FROM spans LIMIT 1')
  if (rows.length === 0) await fill(owner, sizes)
  const fillSeconds = (performance.now() - from) / 1000
  const ends = await owner.query<{ at: Date }>('SELECT max(timestamp) AS at FROM spans WHERE shape_id < 1000000')
  const until = ends.rows[0]!.at
  const rolled = await owner.query('SELECT FROM kpi_rollups_hourly LIMIT 1')
  // As the jobs of a running process leave it.
  if (rolled.rows.length === 0)
    await rollRange(bench.store, { from: new Date(+until - DAY_MS), to: until, apdexMs: 500, keptDays: 36_500 })
  return {
    ...{ bench, owner, sizes, fillSeconds, until },
    async close() {
      await owner.end()
      await bench.close()
    },
  }
}

/** By nearest rank: of twenty, 0.95 is the nineteenth. */
export function quantile(list: readonly number[], q: number): number {
  const sorted = list.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]! * 10) / 10
}
