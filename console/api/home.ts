import { z } from 'zod'
import { type KnownChange, readKnownChanges } from '../../store/changes.ts'
import { listOf, type Read, type Scope, textOrNone } from '../../store/reading.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'

export interface HomeIncident {
  readonly id: string
  readonly state: 'open' | 'acknowledged' | 'resolved'
  readonly severity: string
  readonly title: string
  readonly service: string
  readonly environment: string
  readonly began_at: string
  readonly resolved_at: string | undefined
  readonly members: number
  readonly entities_hit: number | undefined
  /** What its failures share, in a sentence. */
  readonly shared: string | undefined
  readonly changed_before: readonly string[]
  readonly acknowledged_by: string | undefined
}

export interface HomeService {
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

export interface HomeChange {
  readonly at: string
  readonly service: string
  readonly environment: string | undefined
  readonly what: string
  readonly release: string | undefined
  readonly previous: string | undefined
  readonly commit: string | undefined
  readonly title: string | undefined
  readonly is_return: boolean
}

export interface HomeSource {
  readonly receiver: string
  readonly signal: string
  readonly last_at: string
  /** Of the last hour. */
  readonly records: number
}

export interface HomeAnswer {
  readonly from: string
  readonly to: string
  /** Nothing was ever received. */
  readonly isEmpty: boolean
  readonly incidents: readonly HomeIncident[]
  readonly services: readonly HomeService[]
  readonly changes: readonly HomeChange[]
  readonly sources: readonly HomeSource[]
  readonly environments: readonly string[]
}

const PARTS = 40
const INCIDENTS_MAX = 30
const SERVICES_MAX = 40
const CHANGES_MAX = 60

export const home = endpoint({
  name: 'home',
  query: z.strictObject(rangeQuery),
  async answer(reading, query): Promise<HomeAnswer> {
    const { read } = reading
    const scope = scopeOf(reading, query)
    const sources = await readSources(read)
    const ever = sources.length > 0 || (await hasRecords(read))
    return {
      from: scope.from.toISOString(),
      to: scope.to.toISOString(),
      isEmpty: !ever,
      incidents: await readIncidents(read, scope),
      services: await readServices(read, scope),
      changes: (await readKnownChanges(read, scope.from, scope.to, scope.visible)).slice(0, CHANGES_MAX).map(changeOf),
      sources,
      environments: await readEnvironments(read, scope),
    }
  },
})

async function readIncidents(read: Read, { from, to, env, visible }: Scope): Promise<HomeIncident[]> {
  const rows = await read(
    `SELECT i.id, i.state, i.severity, i.title, i.service, i.environment, i.began_at, i.resolved_at, i.entities_hit, i.changed_before,
       i.acknowledged_by, i.shared->>'words' AS shared,
       (SELECT count(*)::int FROM incident_members m WHERE m.incident_id = i.id) AS members
     FROM incidents i
     WHERE (i.state <> 'resolved' OR (i.resolved_at > $1 AND i.opened_at <= $2)) AND is_among(i.environment, environment_names($3))
       AND is_among(i.service, $4)
     ORDER BY i.state = 'resolved', CASE i.severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, i.began_at DESC
     LIMIT ${INCIDENTS_MAX}`,
    [from, to, env, visible],
  )
  return rows.map(row => ({
    id: String(row.id),
    state: row.state as HomeIncident['state'], // the column's three words
    severity: String(row.severity),
    title: String(row.title),
    service: String(row.service),
    environment: String(row.environment),
    began_at: String(row.began_at),
    resolved_at: textOrNone(row.resolved_at),
    members: Number(row.members),
    entities_hit: row.entities_hit === undefined ? undefined : Number(row.entities_hit),
    shared: textOrNone(row.shared),
    changed_before: listOf(row.changed_before).map(String),
    acknowledged_by: textOrNone(row.acknowledged_by),
  }))
}

async function readServices(read: Read, { from, to, env, visible }: Scope): Promise<HomeService[]> {
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
       sketch_quantile(sketch_sum(sketch), 0.95) AS p95_ms
     FROM kpi_rollups_hourly
     WHERE period_start >= $1::timestamptz - interval '7 days' AND period_end <= $1 AND is_among(environment, environment_names($2)) AND is_among(service, $3)
     GROUP BY 1, 2`,
    [from, env, visible],
  )
  const keyOf = (row: Readonly<Record<string, unknown>>) => JSON.stringify([row.service, row.environment])
  const usual = new Map(before.map(row => [keyOf(row), row]))
  const p95 = new Map(slow.map(row => [keyOf(row), Number(row.p95_ms)]))
  const services = [...Map.groupBy(now, keyOf)].map(([key, parts]): HomeService => {
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
  return services.sort((a, b) => b.excess - a.excess || b.errors - a.errors || b.requests - a.requests).slice(0, SERVICES_MAX)
}

/** How far the errors are from those that the service's own past lets expect, in standard deviations of their count. */
export function excessOf(requests: number, errors: number, usualShare: number | undefined): number {
  // Of a service without a past every error counts, as if one request in a thousand usually fails.
  const expected = requests * (usualShare ?? 0.001)
  return (errors - expected) / Math.sqrt(expected + 1)
}

export function changeOf(change: KnownChange): HomeChange {
  const { at, service, environment, what, release, previous, commit, title, isReturn } = change
  return { at: new Date(at).toISOString(), service, environment, what, release, previous, commit, title, is_return: isReturn }
}

async function readSources(read: Read): Promise<HomeSource[]> {
  const rows = await read(
    `SELECT receiver, signal, max(received_at) AS last_at, coalesce(sum(received) FILTER (WHERE received_at > now() - interval '1 hour'), 0)::float8 AS records
     FROM ingest_ledger WHERE received_at > now() - interval '1 day' GROUP BY 1, 2 ORDER BY 3 DESC`,
    [],
  )
  return rows.map(row => ({
    receiver: String(row.receiver),
    signal: String(row.signal),
    last_at: String(row.last_at),
    records: Number(row.records),
  }))
}

async function hasRecords(read: Read): Promise<boolean> {
  const [row] = await read('SELECT EXISTS (SELECT FROM ingest_totals) AS ever', [])
  return row?.ever === true
}

async function readEnvironments(read: Read, { visible }: Scope): Promise<string[]> {
  const rows = await read(
    'SELECT DISTINCT environment FROM fingerprint_services WHERE is_among(service, $1) ORDER BY 1 LIMIT 20',
    [visible],
  )
  return rows.map(row => String(row.environment))
}
