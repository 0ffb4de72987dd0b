import { fisherGreater } from '../analysis/statistics/exact-tests.ts'
import type { Read } from './reading.ts'

/** A service, and a moment whose two sides are compared. */
export interface Sides {
  readonly service: string
  readonly env: string
  readonly from: Date
  readonly since: Date
  readonly until: Date
}

type Rows = ReturnType<Read>
type Row = Awaited<Rows>[number]

/** A level that changed by so much is told. */
const FACTOR_MIN = 1.5
const FAILED_MORE_PERCENT = 5
/** How likely chance alone makes as many more of them fail. */
const CHANCE_MAX = 0.01
const SAMPLED_MIN = 10
const SHOWN = 5

/** Operations of the service and its calls that became slower or fail more, the worst first. */
export async function readSlower(read: Read, { service, env, from, since, until }: Sides): Rows {
  const rows = await read(
    `SELECT * FROM operation_levels($1, $2, $3, $4, $5) WHERE sampled >= ${SAMPLED_MIN} AND sampled_before >= ${SAMPLED_MIN}
       AND (p50_ms > ${FACTOR_MIN} * p50_ms_before OR failed_percent > failed_percent_before + ${FAILED_MORE_PERCENT})
     ORDER BY p50_ms / nullif(p50_ms_before, 0) DESC NULLS LAST`,
    [service, env, from, since, until],
  )
  return rows.filter(isNoChance).slice(0, SHOWN)
}

/** Of a dozen calls one more that fails is several percent, and nothing. */
function isNoChance(row: Row): boolean {
  if (Number(row.p50_ms) > FACTOR_MIN * Number(row.p50_ms_before)) return true
  const [now, before] = [Number(row.sampled), Number(row.sampled_before)]
  const failed = (percent: unknown, of: number) => Math.round((Number(percent) / 100) * of)
  const [failedNow, failedBefore] = [failed(row.failed_percent, now), failed(row.failed_percent_before, before)]
  return fisherGreater(failedNow, now, failedBefore, before) <= CHANCE_MAX
}

/** What of the service filled up: queues, pools, memory. */
export function readFuller(read: Read, { service, env, from, since, until }: Sides): Rows {
  return read(
    `SELECT * FROM service_saturation($1, $2, $3, $4, $5) WHERE average > ${FACTOR_MIN} * coalesce(average_before, 0) LIMIT ${SHOWN}`,
    [service, env, from, since, until],
  )
}
