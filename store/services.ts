import type { Read, Scope } from './reading.ts'

type Row = Readonly<Record<string, unknown>>

/** Minutes are summed up to here; a longer range is of the hours that were rolled up. */
const MINUTES_UP_TO_MS = 26 * 3_600_000

/** What is summed: by the minute, with the minutes at hand, or by the hour for a range that is longer than a day. */
function countsOf({ from, to }: Scope): string {
  return +to - +from <= MINUTES_UP_TO_MS
    ? `SELECT minute AS at, service, environment, operation, requests, errors, duration_ms, sketch, trace_id FROM request_minutes
       WHERE minute >= $1 AND minute < $2 AND is_request`
    : `SELECT period_start AS at, service, environment, operation, total_requests AS requests, error_count AS errors,
         avg_duration_ms * total_requests AS duration_ms, sketch, NULL::text AS trace_id FROM kpi_operations_hourly
       WHERE period_start >= $1 AND period_start < $2`
}

const FIGURES = `sum(requests)::float8 AS requests, sum(errors)::float8 AS errors, sum(duration_ms) / nullif(sum(requests), 0) AS avg_ms,
  sketch_quantiles(sketch_sum(sketch), ARRAY[0.5, 0.95, 0.99]) AS q, max(at) AS last_seen,
  (array_agg(trace_id ORDER BY errors DESC, at DESC) FILTER (WHERE trace_id IS NOT NULL))[1] AS trace_id`

/** The seconds of a bar, so that a range has some 60; hours where hours are read. */
export function barSeconds({ from, to }: Scope): number {
  const rangeS = (+to - +from) / 1_000
  const steps =
    rangeS * 1_000 <= MINUTES_UP_TO_MS ? [60, 120, 300, 600, 900, 1_800] : [3_600, 7_200, 21_600, 43_200, 86_400]
  return steps.find(step => rangeS / step <= 75) ?? 86_400
}

/** Each service of the scope: requests, errors, times, and how they went bar by bar. */
export async function readServices(
  read: Read,
  scope: Scope,
): Promise<{ readonly services: readonly Row[]; readonly bars: readonly Row[] }> {
  const { from, to, env, visible } = scope
  const values = [from, to, env, visible]
  const where = 'is_among(environment, environment_names($3)) AND is_among(service, $4::text[])'
  const services = await read(
    `SELECT service, environment, ${FIGURES} FROM (${countsOf(scope)}) c WHERE ${where} GROUP BY 1, 2 ORDER BY requests DESC, service LIMIT 500`,
    values,
  )
  const bars = await read(
    `SELECT service, environment, extract(epoch FROM date_bin($5 * interval '1 second', at, '2001-01-01Z'))::float8 * 1000 AS at,
       sum(requests)::float8 AS requests, sum(errors)::float8 AS errors
     FROM (${countsOf(scope)}) c WHERE ${where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [...values, barSeconds(scope)],
  )
  return { services, bars }
}

/** A service bar by bar. */
export function readServiceSeries(
  read: Read,
  scope: Scope,
  service: string,
  operation?: string,
): Promise<readonly Row[]> {
  return read(
    `SELECT extract(epoch FROM date_bin($5 * interval '1 second', at, '2001-01-01Z'))::float8 * 1000 AS at, ${FIGURES}
     FROM (${countsOf(scope)}) c WHERE is_among(environment, environment_names($3)) AND service = $4 AND ($6::text IS NULL OR operation = $6)
     GROUP BY 1 ORDER BY 1`,
    [scope.from, scope.to, scope.env, service, barSeconds(scope), operation ?? null],
  )
}

/** The operations of a service, the busiest first. */
export function readOperations(read: Read, scope: Scope, service: string): Promise<readonly Row[]> {
  return read(
    `SELECT operation, ${FIGURES} FROM (${countsOf(scope)}) c
     WHERE is_among(environment, environment_names($3)) AND service = $4 GROUP BY 1 ORDER BY requests DESC, operation LIMIT 400`,
    [scope.from, scope.to, scope.env, service],
  )
}

/** Releases of a service, the newest first, with the requests of each within the scope. */
export function readReleases(read: Read, { from, to, env }: Scope, service: string): Promise<readonly Row[]> {
  return read(
    `SELECT r.release, r.environment, r.first_seen, r.last_seen, m.requests, m.errors, m.q
     FROM service_releases r LEFT JOIN (
       SELECT release, environment, sum(requests)::float8 AS requests, sum(errors)::float8 AS errors,
         sketch_quantiles(sketch_sum(sketch), ARRAY[0.5, 0.95]) AS q
       FROM request_minutes WHERE minute >= greatest($1, $2::timestamptz - interval '1 day') AND minute < $2 AND is_request AND service = $4 GROUP BY 1, 2
     ) m ON m.release = r.release AND m.environment = r.environment
     WHERE r.service = $4 AND is_among(r.environment, environment_names($3)) ORDER BY r.last_seen DESC, r.first_seen DESC LIMIT 30`,
    [from, to, env, service],
  )
}
