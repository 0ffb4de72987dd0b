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

/** A level that changed by so much is told. */
const FACTOR_MIN = 1.5
const FAILED_MORE_PERCENT = 5
const SAMPLED_MIN = 10
const SHOWN = 5

/** Operations of the service and its calls that became slower or fail more, the worst first. */
export function readSlower(read: Read, { service, env, from, since, until }: Sides): Rows {
  return read(
    `SELECT * FROM operation_levels($1, $2, $3, $4, $5) WHERE sampled >= ${SAMPLED_MIN} AND sampled_before >= ${SAMPLED_MIN}
       AND (p50_ms > ${FACTOR_MIN} * p50_ms_before OR failed_percent > failed_percent_before + ${FAILED_MORE_PERCENT})
     ORDER BY p50_ms / nullif(p50_ms_before, 0) DESC NULLS LAST LIMIT ${SHOWN}`,
    [service, env, from, since, until],
  )
}

/** What of the service filled up: queues, pools, memory. */
export function readFuller(read: Read, { service, env, from, since, until }: Sides): Rows {
  return read(
    `SELECT * FROM service_saturation($1, $2, $3, $4, $5) WHERE average > ${FACTOR_MIN} * coalesce(average_before, 0) LIMIT ${SHOWN}`,
    [service, env, from, since, until],
  )
}
