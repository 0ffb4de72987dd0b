import { z } from 'zod'
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
  readonly sources: readonly HomeSource[]
}

const INCIDENTS_MAX = 30

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
      sources,
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
