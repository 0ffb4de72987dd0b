import { FROM, IS_SHORT, isAll, ofEnvironment, ofOperation, ofService, UNTIL } from './range.ts'

export interface RequestsOf {
  /** `service`, where the dashboard has the variable. */
  readonly service?: true
  /** `operation`, where the dashboard has the variable; rows then have the column. */
  readonly operation?: true
  /**
   * Only how many, added up by time, or by time and service, before anything else is done with them: a day has a hundred
   * times as many rows of operations. Then `requests` has no columns but these, `grain_s`, `requests` and `errors`.
   */
  readonly counts?: 'time' | 'service'
  /** Sketches are added up for each point: of all services of many hours, hours are. With `service`. */
  readonly quantiles?: true
}

/** The minutes of all services have more sketches than can be added up while somebody waits. */
const FEW_SKETCHES = `(NOT ${isAll('service')} OR ${UNTIL} - ${FROM} <= interval '6 hours')`

/**
 * `WITH requests AS (…)`: requests of the range by minute, or by hour where the range is long, with the columns
 * `at, grain_s, service, environment, [operation,] requests, errors, duration_ms, sketch`. Several rows of one time add
 * up; quantiles are those of `sketch_sum(sketch)`. Without `counts` and `quantiles` it is for sums of the whole range:
 * hours that are rolled up stand for their minutes.
 */
export function withRequests({ service, operation, counts, quantiles }: RequestsOf): string {
  const extra = operation ? ', operation' : ''
  const where = [ofEnvironment(), ...(service ? [ofService()] : []), ...(operation ? [ofOperation()] : [])].join(
    ' AND ',
  )
  const minutes = (
    range: string,
  ) => `SELECT minute AS at, 60 AS grain_s, service, environment${extra}, requests, errors, duration_ms, sketch
      FROM request_minutes
      WHERE ${IS_SHORT} AND is_request AND ${range} AND ${where}`
  const hours = (
    range: string,
  ) => `SELECT period_start, 3600, service, environment${extra}, total_requests, error_count, avg_duration_ms * total_requests, sketch
      FROM ${operation ? 'kpi_operations_hourly' : 'kpi_rollups_hourly'}
      WHERE ${range} AND ${where}`
  const long = `NOT ${brackets(IS_SHORT)} AND $__timeFilter(period_start)`
  if (counts !== undefined) {
    const by = counts === 'service' ? 'at, service' : 'at'
    return `WITH requests AS (
      SELECT ${by}, max(grain_s) AS grain_s, sum(requests) AS requests, sum(errors) AS errors
      FROM (
        ${minutes('$__timeFilter(minute)')}
        UNION ALL
        ${hours(long)}
      ) r GROUP BY ${by}
    )`
  }
  if (quantiles) {
    return `WITH requests AS (
      ${minutes(`${FEW_SKETCHES} AND $__timeFilter(minute)`)}
      UNION ALL
      ${hours(`NOT (${IS_SHORT} AND ${FEW_SKETCHES}) AND $__timeFilter(period_start)`)}
    )`
  }
  const rolled = `${IS_SHORT} AND period_start >= ${FROM} AND period_end <= ${UNTIL}`
  return `WITH rolled AS MATERIALIZED (
      SELECT coalesce(min(period_start), ${UNTIL}) AS since, coalesce(max(period_end), ${UNTIL}) AS until
      FROM kpi_rollups_hourly WHERE ${rolled}
    ), requests AS (
      ${minutes(`minute >= ${FROM} AND minute < (SELECT since FROM rolled)`)}
      UNION ALL
      ${minutes(`minute >= (SELECT until FROM rolled) AND minute <= ${UNTIL}`)}
      UNION ALL
      ${hours(rolled)}
      UNION ALL
      ${hours(long)}
    )`
}

/** Seconds that the rows of one point stand for: a point is never narrower than what it is made of. */
export const SECONDS_OF_POINT = 'greatest($__interval_ms / 1000.0, max(grain_s))'

/** Seconds of the whole range. */
export const SECONDS_OF_RANGE = `extract(epoch FROM ${UNTIL} - ${FROM})`

const brackets = (sql: string) => `(${sql})`
