import { z } from 'zod'
import type { Read, Scope } from '../../store/reading.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'

export interface ServiceNow {
  readonly service: string
  readonly environment: string
  readonly requests: number
  readonly errors: number
  readonly p95_ms: number | undefined
  /** Of the seven days before the range; undefined where nothing is known of them. */
  readonly usual: { readonly error_share: number; readonly p95_ms: number } | undefined
  /** Errors more than its own past lets expect, in deviations; what the list is ordered by. */
  readonly excess: number
  /** Of equal parts of the range. */
  readonly error_parts: readonly number[]
  readonly request_parts: readonly number[]
}

export interface ServicesNowAnswer {
  readonly from: string
  readonly to: string
  readonly services: readonly ServiceNow[]
}

const PARTS = 40
const SERVICES_MAX = 40

/** Services of a range against their own past, those that fail more than they usually do first. */
export const servicesNow = endpoint({
  name: 'services-now',
  query: z.strictObject(rangeQuery),
  async answer(reading, query): Promise<ServicesNowAnswer> {
    const scope = scopeOf(reading, query)
    return {
      from: scope.from.toISOString(),
      to: scope.to.toISOString(),
      services: await readServices(reading.read, scope),
    }
  },
})

async function readServices(read: Read, { from, to, env, visible }: Scope): Promise<ServiceNow[]> {
  const now = await read(
    `SELECT service, environment, floor(extract(epoch FROM minute - $1) / extract(epoch FROM $2::timestamptz - $1) * ${PARTS})::int AS part,
       sum(requests)::float8 AS requests, sum(errors)::float8 AS errors
     FROM request_minutes
     WHERE minute >= $1::timestamptz AND minute < $2 AND is_request AND is_among(environment, environment_names($3)) AND is_among(service, $4)
     GROUP BY 1, 2, 3`,
    [from, to, env, visible],
  )
  const slow = await read(
    `SELECT service, environment, sketch_quantile(sketch_sum(sketch), 0.95) AS p95_ms FROM request_minutes
     WHERE minute >= $1 AND minute < $2 AND is_request AND is_among(environment, environment_names($3)) AND is_among(service, $4)
     GROUP BY 1, 2`,
    [from, to, env, visible],
  )
  const before = await read(
    `SELECT service, environment, sum(total_requests)::float8 AS requests, sum(error_count)::float8 AS errors,
       (percentile_cont(0.5) WITHIN GROUP (ORDER BY p95_duration_ms))::float8 AS p95_ms
     FROM kpi_rollups_hourly
     WHERE period_start >= $1::timestamptz - interval '7 days' AND period_end <= $1 AND is_among(environment, environment_names($2)) AND is_among(service, $3)
     GROUP BY 1, 2`,
    [from, env, visible],
  )
  const keyOf = (row: Readonly<Record<string, unknown>>) => JSON.stringify([row.service, row.environment])
  const usual = new Map(before.map(row => [keyOf(row), row]))
  const p95 = new Map(slow.map(row => [keyOf(row), Number(row.p95_ms)]))
  const services = [...Map.groupBy(now, keyOf)].map(([key, parts]): ServiceNow => {
    const [first] = parts
    const [requestParts, errorParts] = [new Array<number>(PARTS).fill(0), new Array<number>(PARTS).fill(0)]
    for (const part of parts) {
      const at = Math.min(PARTS - 1, Math.max(0, Number(part.part)))
      requestParts[at]! += Number(part.requests)
      errorParts[at]! += Number(part.errors)
    }
    const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0)
    const [requests, errors] = [sum(requestParts), sum(errorParts)]
    const past = usual.get(key)
    const pastRequests = Number(past?.requests ?? 0)
    const share = pastRequests === 0 ? undefined : Number(past?.errors ?? 0) / pastRequests
    return {
      service: String(first?.service),
      environment: String(first?.environment),
      requests,
      errors,
      p95_ms: p95.get(key),
      usual: share === undefined ? undefined : { error_share: share, p95_ms: Number(past?.p95_ms ?? 0) },
      excess: excessOf(requests, errors, share),
      error_parts: errorParts,
      request_parts: requestParts,
    }
  })
  return services
    .sort((a, b) => b.excess - a.excess || b.errors - a.errors || b.requests - a.requests)
    .slice(0, SERVICES_MAX)
}

/** How far the errors are from those that the service's own past lets expect, in standard deviations of their count. */
export function excessOf(requests: number, errors: number, usualShare: number | undefined): number {
  // Of a service without a past every error counts, as if one request in a thousand usually fails.
  const expected = requests * (usualShare ?? 0.001)
  return (errors - expected) / Math.sqrt(expected + 1)
}
