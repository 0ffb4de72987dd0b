import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Severity } from '../../analysis/detect/tell.ts'
import { type Found, isAtLeast } from '../../analysis/incidents/found.ts'
import { readFound, readProblemsFound } from '../reflexes/found.ts'

export type TriggerKind = 'debug_event' | 'problem' | 'anomaly' | 'incident'

/** Something that a report is made for. */
export interface Trigger {
  readonly kind: TriggerKind
  /** The same whenever it is noticed. */
  readonly id: string
  /** What is the same when it comes again. */
  readonly series: string
  readonly title: string
  readonly severity: Severity
  readonly environment: string
  readonly service: string
  /** When it happened or began; milliseconds. */
  readonly at: number
  readonly operation?: string | undefined
  readonly fingerprint?: string | undefined
  readonly correlationId?: string | undefined
  readonly incidentId?: string | undefined
  /** When the gravest of what it is made of began, where that is not `at`. */
  readonly onset?: number | undefined
  /** The row that tells of it. */
  readonly row: { readonly table: string; readonly id: string }
}

export function reportId({ id }: Trigger): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 12)
}

/** Of a flood of events the newest of each kind in five minutes is enough. */
const DEBUG_SERIES_MAX = 50
/** Problems are told with their first record, and records come late. */
const LATE_MS = 120_000

/**
 * What was noticed since `mark` and has no report yet, the gravest first; of what records tell, also since `back`: they
 * are dated when it happened, and come later.
 */
export async function readTriggers(
  client: pg.ClientBase,
  back: number,
  mark: number,
  until: number,
): Promise<readonly Trigger[]> {
  const found = [
    ...(await debugEvents(client, back - LATE_MS, until)),
    ...(await openedIncidents(client, mark, until)),
    ...(await readFound(client, mark - LATE_MS, until)).flatMap(triggerOf),
    ...(back < mark ? (await readProblemsFound(client, back - LATE_MS, mark - LATE_MS)).flatMap(triggerOf) : []),
  ]
  const { rows } = await client.query<{ id: string }>(
    'SELECT trigger_id AS id FROM report_triggers WHERE trigger_id = ANY ($1)',
    [found.map(({ id }) => id)],
  )
  const known = new Set(rows.map(({ id }) => id))
  return found.filter(({ id }) => !known.has(id))
}

/** Debug events of high priority: who sends one asks for a report. */
async function debugEvents(client: pg.ClientBase, after: number, until: number): Promise<Trigger[]> {
  const { rows } = await client.query(
    `SELECT * FROM (
       SELECT DISTINCT ON (event_name, service, environment, context->>'debug.error_code', date_bin('5 minutes', timestamp, '2000-01-01'))
         log_id::text AS id, timestamp AS at, event_name AS event, service, environment, message, fingerprint_hex AS fingerprint,
         context->>'debug.error_code' AS code, context->>'debug.correlation_id' AS correlation
       FROM application_logs
       WHERE event_name LIKE 'debug.%' AND timestamp > $1 AND timestamp <= $2 AND context->>'debug.priority' = 'high'
       ORDER BY event_name, service, environment, context->>'debug.error_code', date_bin('5 minutes', timestamp, '2000-01-01'), timestamp DESC
     ) e WHERE NOT EXISTS (SELECT FROM report_triggers t WHERE t.trigger_id = 'debug/' || e.id)
     ORDER BY at DESC LIMIT ${DEBUG_SERIES_MAX}`,
    [new Date(after), new Date(until)],
  )
  return rows.map(row => ({
    kind: 'debug_event',
    id: `debug/${row.id}`,
    series: ['debug', row.event, row.code, row.service, row.environment].join(' '),
    title: `${row.service}: ${row.message}`.slice(0, 200),
    severity: 'error',
    environment: row.environment ?? '',
    service: row.service,
    at: +(row.at as Date),
    fingerprint: row.fingerprint ?? undefined,
    correlationId: row.correlation ?? undefined,
    row: { table: 'application_logs', id: String(row.id) },
  }))
}

async function openedIncidents(client: pg.ClientBase, after: number, until: number): Promise<Trigger[]> {
  const { rows } = await client.query(
    `SELECT id, title, severity, environment, service, operation, fingerprint, began_at AS at,
       (SELECT m.began_at FROM incident_members m WHERE m.incident_id = i.id
        ORDER BY array_position(ARRAY['critical', 'error', 'warning', 'info'], m.severity), m.began_at LIMIT 1) AS onset
     FROM incidents i WHERE opened_at > $1 AND opened_at <= $2 ORDER BY opened_at`,
    [new Date(after), new Date(until)],
  )
  return rows.map(row => ({
    kind: 'incident',
    id: `incident/${row.id}`,
    series: `incident/${row.id}`,
    title: row.title,
    severity: row.severity,
    environment: row.environment,
    service: row.service,
    operation: row.operation ?? undefined,
    fingerprint: row.fingerprint ?? undefined,
    incidentId: row.id,
    at: +(row.at as Date),
    onset: row.onset === null ? undefined : +(row.onset as Date),
    row: { table: 'incidents', id: row.id },
  }))
}

/** Anomalies and problems that are worth waking somebody: those that go on, or were over when their records came. */
function triggerOf(one: Found): Trigger[] {
  const { id, kind, service, environment, severity, fingerprint, operation, since, until: ended, type } = one
  if (kind !== 'anomaly' && kind !== 'problem') return []
  if ((ended !== undefined && one.wasOver !== true) || type === 'drift' || !isAtLeast(severity, 'error')) return []
  const row =
    kind === 'anomaly'
      ? { table: 'anomalies', id: id.replace('anomaly/', '') }
      : { table: 'fingerprints', id: fingerprint ?? '' }
  const series = [kind, service, environment, kind === 'problem' ? fingerprint : (operation ?? '')].join(' ')
  const rest = { service, environment, severity, fingerprint, operation, at: since, row }
  return [{ kind, id, series, title: one.sentence.slice(0, 200), ...rest }]
}
