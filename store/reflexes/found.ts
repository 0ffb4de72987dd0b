import type pg from 'pg'
import type { Severity } from '../../analysis/detect/tell.ts'
import type { Found } from '../../analysis/incidents/found.ts'

const ANOMALIES = `
  SELECT 'anomaly/' || id AS id, 'anomaly' AS kind, anomaly_type AS type, metric_name AS metric, environment, service,
    CASE WHEN series_kind = 'operation' THEN series_name END AS operation, CASE WHEN series_kind = 'edge' THEN series_name END AS callee,
    CASE WHEN series_kind = 'problem' THEN series_name END AS fingerprint, severity, started_at AS since, ended_at AS until,
    description AS sentence, ended_at <= written_at AS was_over, updated_at
  FROM anomalies`
const BURNS = `
  SELECT 'slo/' || id AS id, 'slo' AS kind, rule AS type, NULL AS metric, environment, service, NULL AS operation, NULL AS callee,
    NULL AS fingerprint, severity, started_at AS since, ended_at AS until, description AS sentence, false AS was_over, updated_at
  FROM slo_burns`

/** Problems that were seen for the first time, of each service that has them. */
const PROBLEMS = `
  SELECT 'problem/' || lpad(to_hex(s.fingerprint), 16, '0') || '/' || s.service || '/' || s.environment AS id, 'problem' AS kind,
    CASE WHEN f.status = 'regressed' THEN 'regressed' ELSE 'new' END AS type, NULL AS metric, s.environment, s.service,
    NULL AS operation, NULL AS callee, lpad(to_hex(s.fingerprint), 16, '0') AS fingerprint, 'error' AS severity,
    greatest(s.first_seen, CASE WHEN f.status = 'regressed' THEN f.resolved_at END) AS since, NULL::timestamptz AS until,
    s.service || CASE WHEN f.status = 'regressed' THEN ': a resolved problem is back: ' ELSE ': first seen: ' END || left(f.template, 200) AS sentence, false AS was_over, NULL::timestamptz AS updated_at
  FROM fingerprint_services s JOIN fingerprints f USING (fingerprint)
  WHERE (f.kind = 'error' OR f.severity_number >= 17)
    AND ((s.first_seen > $1 AND s.first_seen <= $2)
      OR (f.status = 'regressed' AND f.resolved_at > $1::timestamptz - interval '30 days' AND s.last_seen > $1 AND s.last_seen <= $2))`

const NODES = `
  SELECT 'node/' || node_id || '/' || floor(extract(epoch FROM unseen_reported_for))::bigint AS id, 'node' AS kind, 'lost' AS type, NULL AS metric,
    environment, coalesce(name, node_id) AS service, NULL AS operation, NULL AS callee, NULL AS fingerprint, 'error' AS severity,
    unseen_reported_for AS since, CASE WHEN seen.at > unseen_reported_for THEN seen.at END AS until,
    'node ' || name || ' has not been heard of' AS sentence, false AS was_over
  FROM node_registry r
  LEFT JOIN LATERAL (SELECT max(created_at) AS at FROM node_telemetry t WHERE t.node_id = r.node_id AND t.created_at > $1::timestamptz - interval '1 day') seen ON true
  WHERE revoked_at IS NULL AND unseen_reported_for > $1::timestamptz - interval '1 day'`

/** What a long round wrote is dated with its beginning, and may be there only after a later moment was looked at. */
const CHANGED = `
  SELECT * FROM ($FOUND WHERE updated_at > $1::timestamptz - interval '5 minutes' AND updated_at <= $2) f
  WHERE updated_at > $1 OR NOT EXISTS (SELECT FROM incident_members m WHERE m.finding_id = f.id)`

/** Findings that began or changed in a range of time, the earliest first. */
export async function readFound(client: pg.ClientBase, changedAfter: number, until: number): Promise<readonly Found[]> {
  const range = [new Date(changedAfter), new Date(until)]
  const found: Found[] = []
  for (const sql of [ANOMALIES, BURNS]) {
    found.push(...(await client.query(CHANGED.replace('$FOUND', sql), range)).rows.map(foundOf))
  }
  found.push(...(await client.query(PROBLEMS, range)).rows.map(foundOf))
  found.push(...(await client.query(NODES.replaceAll('$2', '$1'), [range[0]])).rows.map(foundOf))
  return found.sort((a, b) => a.since - b.since)
}

/** Problems that were new or came back in a range of time. */
export async function readProblemsFound(client: pg.ClientBase, from: number, until: number): Promise<readonly Found[]> {
  return (await client.query(PROBLEMS, [new Date(from), new Date(until)])).rows.map(foundOf)
}

/** What goes on and is in no incident yet: it waits for company. */
export async function readCompany(client: pg.ClientBase, since: number, until: number): Promise<readonly Found[]> {
  const { rows } = await client.query(
    `SELECT * FROM (
       ${ANOMALIES} WHERE ended_at IS NULL AND started_at > $1 AND updated_at <= $2
       UNION ALL ${BURNS} WHERE ended_at IS NULL AND updated_at <= $2
     ) f WHERE NOT EXISTS (SELECT FROM incident_members m WHERE m.finding_id = f.id)`,
    [new Date(since), new Date(until)],
  )
  const { rows: problems } = await client.query(
    `SELECT * FROM (${PROBLEMS}) f WHERE NOT EXISTS (SELECT FROM incident_members m WHERE m.finding_id = f.id)`,
    [new Date(since), new Date(until)],
  )
  return [...rows, ...problems].map(foundOf)
}

function foundOf(row: Readonly<Record<string, unknown>>): Found {
  const text = (value: unknown): string | undefined =>
    value === null || value === undefined ? undefined : String(value)
  return {
    id: String(row.id),
    kind: row.kind as Found['kind'],
    type: String(row.type),
    metric: text(row.metric),
    environment: String(row.environment),
    service: String(row.service),
    operation: text(row.operation),
    callee: text(row.callee),
    fingerprint: text(row.fingerprint),
    severity: row.severity as Severity,
    since: +(row.since as Date),
    until: row.until === null || row.until === undefined ? undefined : +(row.until as Date),
    sentence: String(row.sentence),
    wasOver: row.was_over === true,
  }
}
