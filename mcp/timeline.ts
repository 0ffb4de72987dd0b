import type { Access } from './access.ts'
import type { Row } from './answer.ts'
import type { Entity } from './entity.ts'

export interface Timeline {
  /** In order of time. */
  readonly events: readonly Row[]
  readonly from: Date
  readonly to: Date
  /** There are more events than were read. */
  readonly isPartial: boolean
}

const EVENTS_MAX = 1_000
/** Traces and requests of an entity whose own records belong to its story. */
const LINKS_MAX = 50

/**
 * All that happened to an entity, over every table: its own events, and those of the requests and traces that they name.
 * Everything is found by an index; no attribute is searched for.
 */
export async function readTimeline(access: Access, entity: Entity, from: Date, to: Date): Promise<Timeline> {
  const own = await access.rows(OWN_LINKS[entity.kind] ?? '', [entity.id, from, to, access.services ?? null])
  const traces = new Set(own.flatMap(row => (typeof row.trace_id === 'string' ? [row.trace_id] : [])))
  const requests = new Set(own.flatMap(row => (typeof row.request_id === 'string' ? [row.request_id] : [])))
  if (entity.kind === 'trace_id') traces.add(entity.id)
  if (entity.kind === 'request_id') requests.add(entity.id)
  const values = [
    from,
    to,
    entity.kind === 'deal_id' ? entity.id : null,
    entity.kind === 'node_id' ? entity.id : null,
    entity.kind === 'user_id' ? entity.id : null,
    [...requests].slice(0, LINKS_MAX),
    [...traces].slice(0, LINKS_MAX),
    access.services ?? null,
    EVENTS_MAX + 1,
  ]
  const events = await access.shown(TIMELINE, values)
  return { events: events.slice(0, EVENTS_MAX), from, to, isPartial: events.length > EVENTS_MAX }
}

const IN_RANGE = 'timestamp BETWEEN $2 AND $3 AND ($4::text[] IS NULL OR service = ANY ($4))'
const OBSERVED = 'created_at BETWEEN $2 AND $3 AND ($4::text[] IS NULL OR product = ANY ($4))'

/** Requests and traces of the entity's own records. */
const OWN_LINKS: Partial<Record<Entity['kind'], string>> = {
  deal_id: `SELECT DISTINCT trace_id, request_id FROM buddy_observer_events WHERE deal_id = $1 AND ${OBSERVED} LIMIT 200`,
  user_id: `SELECT DISTINCT trace_id, request_id FROM (
      SELECT trace_id, request_id FROM buddy_observer_events WHERE user_id = $1 AND ${OBSERVED}
      UNION ALL SELECT trace_id, request_id FROM application_logs WHERE user_id = $1 AND ${IN_RANGE}) q LIMIT 200`,
  request_id: `SELECT DISTINCT trace_id, NULL AS request_id FROM (
      SELECT trace_id FROM trace_spans WHERE request_id = $1 AND ${IN_RANGE}
      UNION ALL SELECT trace_id FROM application_logs WHERE request_id = $1 AND ${IN_RANGE}
      UNION ALL SELECT trace_id FROM buddy_observer_events WHERE request_id = $1 AND ${OBSERVED}) q LIMIT 200`,
  trace_id: `SELECT NULL AS trace_id, NULL AS request_id WHERE false AND $1::text = '' AND $2 < $3 AND $4::text[] IS NULL`,
  node_id: `SELECT NULL AS trace_id, NULL AS request_id WHERE false AND $1::text = '' AND $2 < $3 AND $4::text[] IS NULL`,
}

const TIMELINE = `
  SELECT * FROM (
    SELECT created_at AS timestamp, 'event' AS what, product AS service, severity AS level, type AS name, message, stage,
      deal_id, request_id, trace_id, NULL AS span_id, release, lpad(to_hex(fingerprint), 16, '0') AS fingerprint, NULL::float8 AS duration_ms
    FROM buddy_observer_events WHERE created_at BETWEEN $1 AND $2 AND ($8::text[] IS NULL OR product = ANY ($8))
      AND (deal_id = $3 OR user_id = $5 OR request_id = ANY ($6::text[]) OR trace_id = ANY ($7::text[]))
    UNION ALL
    SELECT timestamp, 'log', service, level, event_name, coalesce(error_message, message), NULL, NULL, request_id, trace_id, span_id,
      service_version, lpad(to_hex(fingerprint), 16, '0'), NULL
    FROM application_logs WHERE timestamp BETWEEN $1 AND $2 AND ($8::text[] IS NULL OR service = ANY ($8))
      AND (user_id = $5 OR request_id = ANY ($6::text[]) OR trace_id = ANY ($7::text[]))
    UNION ALL
    SELECT timestamp, 'span', service, CASE status WHEN 'error' THEN 'error' ELSE 'info' END, operation_name, status_message, NULL, NULL,
      request_id, trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), duration_ms
    FROM trace_spans WHERE timestamp BETWEEN $1 AND $2 AND ($8::text[] IS NULL OR service = ANY ($8))
      AND trace_id = ANY ($7::text[])
    UNION ALL
    SELECT created_at, 'node', service, severity, type, message, NULL, NULL, NULL, NULL, NULL, node_version,
      lpad(to_hex(fingerprint), 16, '0'), NULL
    FROM node_telemetry WHERE created_at BETWEEN $1 AND $2 AND node_id = $4 AND ($8::text[] IS NULL OR service = ANY ($8))
  ) t ORDER BY timestamp, what LIMIT $9`
