import { FROM, IS_SHORT, ofEnvironment, ofOperation, ofService, UNTIL } from './range.ts'

export interface RequestsOf {
  /** `service`, where the dashboard has the variable. */
  readonly service?: true
  /** `operation`, where the dashboard has the variable; rows then have the column. */
  readonly operation?: true
}

/**
 * `WITH requests AS (…)`: requests of the range by minute, or by hour where the range is long, with the columns
 * `at, grain_s, service, environment, [operation,] requests, errors, duration_ms, sketch`. Several rows of one time add
 * up; quantiles are those of `sketch_sum(sketch)`.
 */
export function withRequests({ service, operation }: RequestsOf): string {
  const extra = operation ? ', operation' : ''
  const where = [ofEnvironment(), ...(service ? [ofService()] : []), ...(operation ? [ofOperation()] : [])].join(
    ' AND ',
  )
  return `WITH requests AS (
      SELECT minute AS at, 60 AS grain_s, service, environment${extra}, requests, errors, duration_ms, sketch
      FROM request_minutes
      WHERE ${IS_SHORT} AND is_request AND $__timeFilter(minute) AND ${where}
      UNION ALL
      SELECT period_start, 3600, service, environment${extra}, total_requests, error_count, avg_duration_ms * total_requests, sketch
      FROM ${operation ? 'kpi_operations_hourly' : 'kpi_rollups_hourly'}
      WHERE NOT ${brackets(IS_SHORT)} AND $__timeFilter(period_start) AND ${where}
    )`
}

/** Seconds that the rows of one point stand for: a point is never narrower than what it is made of. */
export const SECONDS_OF_POINT = 'greatest($__interval_ms / 1000.0, max(grain_s))'

/** Seconds of the whole range. */
export const SECONDS_OF_RANGE = `extract(epoch FROM ${UNTIL} - ${FROM})`

const brackets = (sql: string) => `(${sql})`
