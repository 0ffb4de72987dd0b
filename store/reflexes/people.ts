import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'
import { inTransaction } from '../connect.ts'
import { type FindingData, noteFinding } from './finding.ts'
import { wholeId } from './whole-id.ts'

/** What somebody says of a finding. */
export interface Word {
  readonly by: string
  readonly why: string | undefined
  /** Worth telling, or a false alarm; undefined where it was not said. */
  readonly isTrue: boolean | undefined
}

export interface AnomalyRow {
  readonly id: string
  readonly state: 'open' | 'over'
  readonly severity: string
  readonly service: string
  readonly environment: string
  readonly anomaly_type: string
  readonly metric_name: string
  readonly started_at: Date
  readonly ended_at: Date | null
  readonly description: string
  readonly shared: string | null
  readonly acknowledged_by: string | null
  readonly acknowledged_why: string | null
  readonly is_true: boolean | null
  readonly incident_id: string | null
}

export interface AnomalyFilter {
  readonly service?: string | undefined
  readonly isOpen: boolean
  readonly since: Date
  readonly limit: number
}

/** The newest first. */
export async function listAnomalies(client: pg.ClientBase, filter: AnomalyFilter): Promise<readonly AnomalyRow[]> {
  const { rows } = await client.query<AnomalyRow>(
    `SELECT a.id, CASE WHEN a.ended_at IS NULL THEN 'open' ELSE 'over' END AS state, a.severity, a.service, a.environment, a.anomaly_type,
       a.metric_name, a.started_at, a.ended_at, a.description, a.shared->>'words' AS shared, a.acknowledged_by, a.acknowledged_why,
       a.is_true, (SELECT m.incident_id FROM incident_members m WHERE m.finding_id = 'anomaly/' || a.id LIMIT 1) AS incident_id
     FROM anomalies a
     WHERE ($1::text IS NULL OR a.service = $1) AND (NOT $2 OR a.ended_at IS NULL) AND (a.ended_at IS NULL OR a.timestamp > $3)
     ORDER BY a.timestamp DESC, a.id LIMIT $4`,
    [filter.service ?? null, filter.isOpen, filter.since, filter.limit],
  )
  return rows
}

/** @throws SensoriumError USAGE where no anomaly, or more than one, begins like this */
export async function acknowledge(client: pg.ClientBase, id: string, word: Word): Promise<string> {
  const whole = await wholeId(client, 'anomalies', id)
  await client.query(
    `UPDATE anomalies SET acknowledged = true, acknowledged_by = $2, acknowledged_at = now(), acknowledged_why = $3,
       is_true = coalesce($4, is_true) WHERE id::text = $1`,
    [whole, word.by, word.why ?? null, word.isTrue ?? null],
  )
  return whole
}

export interface IncidentRow {
  readonly id: string
  readonly state: string
  readonly severity: string
  readonly environment: string
  readonly service: string
  readonly title: string
  readonly opened_at: Date
  readonly resolved_at: Date | null
  readonly members: number
  readonly shared: string | null
  readonly acknowledged_by: string | null
}

export interface IncidentFilter {
  readonly service?: string | undefined
  readonly isOpen: boolean
  readonly since: Date
  readonly limit: number
}

export async function listIncidents(client: pg.ClientBase, filter: IncidentFilter): Promise<readonly IncidentRow[]> {
  const { rows } = await client.query<IncidentRow>(
    `SELECT i.id, i.state, i.severity, i.environment, i.service, i.title, i.opened_at, i.resolved_at,
       (SELECT count(*)::int FROM incident_members m WHERE m.incident_id = i.id) AS members, i.shared->>'words' AS shared, i.acknowledged_by
     FROM incidents i
     WHERE ($1::text IS NULL OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.service = $1))
       AND (NOT $2 OR i.state <> 'resolved') AND (i.state <> 'resolved' OR i.opened_at > $3)
     ORDER BY i.opened_at DESC, i.id LIMIT $4`,
    [filter.service ?? null, filter.isOpen, filter.since, filter.limit],
  )
  return rows
}

export interface IncidentDetails extends IncidentRow {
  readonly began_at: Date
  readonly operation: string | null
  readonly dependency: string | null
  readonly fingerprint: string | null
  readonly changed_before: readonly string[]
  readonly entities_hit: number | null
  readonly owner: string | null
  readonly acknowledged_why: string | null
  readonly is_true: boolean | null
  readonly timeline: readonly { readonly at: number; readonly text: string }[]
  readonly findings: readonly {
    readonly role: string
    readonly severity: string
    readonly service: string
    readonly description: string
  }[]
}

/** @throws SensoriumError USAGE where no incident, or more than one, begins like this */
export async function readIncident(client: pg.ClientBase, id: string): Promise<IncidentDetails> {
  const whole = await wholeId(client, 'incidents', id)
  const { rows } = await client.query<IncidentDetails>(
    `SELECT i.*, i.shared->>'words' AS shared, m.members, m.findings
     FROM incidents i CROSS JOIN LATERAL (
       SELECT count(*)::int AS members, jsonb_agg(jsonb_build_object('role', role, 'severity', severity, 'service', service, 'description', description)
         ORDER BY role = 'origin' DESC, role = 'explained' DESC, began_at, finding_id) AS findings
       FROM incident_members WHERE incident_id = i.id) m
     WHERE i.id = $1`,
    [whole],
  )
  return rows[0]!
}

/** What is written with a word, or not at all. */
type Also = () => Promise<void>

/** Whoever takes it says so: it is told, and nobody is reminded any more. */
export function acknowledgeIncident(client: pg.ClientBase, id: string, word: Word, also?: Also): Promise<string> {
  return change(
    client,
    id,
    'incident.acknowledged',
    `taken by ${word.by}`,
    word,
    `state = 'acknowledged', acknowledged_by = $2,
    acknowledged_at = now(), acknowledged_why = $3, is_true = coalesce($4, is_true)`,
    also,
  )
}

export function resolveIncident(client: pg.ClientBase, id: string, word: Word, also?: Also): Promise<string> {
  return change(
    client,
    id,
    'incident.resolved',
    `resolved by ${word.by}`,
    word,
    `state = 'resolved', resolved_at = now(), resolved_by = $2,
    acknowledged_why = coalesce($3, acknowledged_why), is_true = coalesce($4, is_true)`,
    also,
  )
}

async function change(
  client: pg.ClientBase,
  id: string,
  event: string,
  text: string,
  word: Word,
  set: string,
  also: Also = async () => {},
): Promise<string> {
  const whole = await wholeId(client, 'incidents', id)
  const said = word.why === undefined ? text : `${text}: ${word.why}`
  await inTransaction(client, async () => {
    const { rows } = await client.query(
      `UPDATE incidents SET ${set}, revision = revision + 1, updated_at = now(),
         timeline = timeline || jsonb_build_object('at', (extract(epoch FROM now()) * 1000)::bigint, 'text', $5::text)
       WHERE id = $1 AND state <> 'resolved' RETURNING *, shared->>'words' AS words`,
      [whole, word.by, word.why ?? null, word.isTrue ?? null, said],
    )
    const [row] = rows
    if (row === undefined) throw new SensoriumError('USAGE', `incident ${whole} is resolved already`)
    // What people say of the whole is what they say of its parts, where they said nothing of these.
    if (word.isTrue !== undefined) {
      await client.query(
        `UPDATE anomalies SET is_true = $2 WHERE is_true IS NULL
           AND 'anomaly/' || id IN (SELECT finding_id FROM incident_members WHERE incident_id = $1)`,
        [whole, word.isTrue],
      )
    }
    const finding: FindingData = {
      event,
      id: `incident/${whole}`,
      kind: 'incident',
      severity: row.severity,
      service: row.service,
      environment: row.environment,
      at: new Date().toISOString(),
      title: row.title,
      body: `${row.title}: ${said}.`,
      since: (row.began_at as Date).toISOString(),
      until: row.resolved_at === null ? undefined : (row.resolved_at as Date).toISOString(),
      shared: row.words ?? undefined,
      operation: row.operation ?? undefined,
      fingerprint: row.fingerprint ?? undefined,
      incidentId: whole,
      owner: row.owner ?? undefined,
      link: `/incidents/${whole}`,
      revision: row.revision,
    }
    await noteFinding(client, 'incidents', finding)
    await also()
  })
  return whole
}
