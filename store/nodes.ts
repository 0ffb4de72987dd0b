import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { SensoriumError } from '../pipeline/errors.ts'
import { sqlState } from './connect.ts'
import type { Read } from './reading.ts'

/** A node that may report, as node_registry has it. */
export interface RegisteredNode {
  readonly nodeId: string
  readonly name: string
  readonly userId: string | null
  readonly environment: string
  readonly isRevoked: boolean
  /** Messages wait for its next heartbeat. */
  readonly hasMessages: boolean
}

/** What a node is shown by its key; the key itself is never stored. */
export function hashOfNodeKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** All keys that were ever given out and not replaced, by their hash. */
export async function readNodeKeys(client: pg.ClientBase): Promise<ReadonlyMap<string, RegisteredNode>> {
  const { rows } = await client.query<RegisteredNode & { readonly hash: string }>(
    `SELECT key_hash AS hash, node_id AS "nodeId", name, user_id AS "userId", environment,
       revoked_at IS NOT NULL AS "isRevoked",
       EXISTS (SELECT FROM bridge_comms b WHERE b.recipient = node_id AND delivered_at IS NULL) AS "hasMessages" FROM node_registry`,
  )
  return new Map(rows.map(({ hash, ...node }) => [hash, node]))
}

export interface NewNode {
  readonly nodeId: string
  readonly name: string
  readonly userId?: string | undefined
  readonly environment: string
  readonly heartbeatIntervalS: number
}

/**
 * Registers a node and returns its key, the only time that it is seen. A node that was revoked may be added again.
 * @throws SensoriumError USAGE where a node that is not revoked has this id
 */
export async function addNode(client: pg.ClientBase, node: NewNode): Promise<string> {
  const key = `snk_${randomBytes(32).toString('base64url')}`
  const { rowCount } = await client
    .query(
      `INSERT INTO node_registry AS r (node_id, name, user_id, environment, heartbeat_interval_s, key_hash)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (node_id) DO UPDATE SET name = excluded.name, user_id = excluded.user_id,
         environment = excluded.environment, heartbeat_interval_s = excluded.heartbeat_interval_s,
         key_hash = excluded.key_hash, revoked_at = NULL, unseen_reported_for = NULL
       WHERE r.revoked_at IS NOT NULL`,
      [node.nodeId, node.name, node.userId ?? null, node.environment, node.heartbeatIntervalS, hashOfNodeKey(key)],
    )
    .catch((error: unknown) => {
      // A number past the column's range, a NUL: what the user gave, not the server.
      if (!sqlState(error)?.startsWith('22')) throw error
      throw new SensoriumError('USAGE', `the node cannot be stored: ${String(error)}`, { cause: error })
    })
  if (rowCount === 0) {
    const message = `there is a node ${node.nodeId} already; revoke it first (sensorium nodes revoke ${node.nodeId}) to give it a new key`
    throw new SensoriumError('USAGE', message)
  }
  return key
}

/** @throws SensoriumError USAGE where there is no such node */
export async function revokeNode(client: pg.ClientBase, nodeId: string): Promise<void> {
  const { rowCount } = await client.query(
    'UPDATE node_registry SET revoked_at = coalesce(revoked_at, now()) WHERE node_id = $1',
    [nodeId],
  )
  if (rowCount === 0) {
    throw new SensoriumError('USAGE', `there is no node ${nodeId}; sensorium nodes list shows them`)
  }
}

export interface NodeSummary {
  readonly node_id: string
  readonly name: string
  readonly user_id: string | null
  readonly environment: string
  readonly heartbeat_interval_s: number
  readonly created_at: Date
  readonly revoked_at: Date | null
  /** The newest of its telemetry. */
  readonly last_seen: Date | null
  readonly node_version: string | null
  /** Warnings and crashes that nobody has resolved. */
  readonly unresolved: number
}

const LAST = `LEFT JOIN LATERAL (
  SELECT created_at AS last_seen, node_version FROM node_telemetry t WHERE t.node_id = r.node_id
  ORDER BY created_at DESC LIMIT 1) l ON true`

export async function listNodes(client: pg.ClientBase): Promise<NodeSummary[]> {
  const { rows } = await client.query<NodeSummary>(
    `SELECT r.node_id, r.name, r.user_id, r.environment, r.heartbeat_interval_s, r.created_at, r.revoked_at,
       l.last_seen, l.node_version,
       (SELECT count(*)::int FROM node_telemetry t WHERE t.node_id = r.node_id AND NOT t.resolved AND t.severity <> 'info')
         AS unresolved
     FROM node_registry r ${LAST} ORDER BY r.revoked_at IS NOT NULL, r.name, r.node_id`,
  )
  return rows
}

/** A node that has been silent for too long, and since when. */
export interface SilentNode {
  readonly nodeId: string
  readonly name: string
  readonly environment: string
  readonly lastSeen: Date
  readonly intervalS: number
}

/** Nodes unseen for `intervals` of their heartbeats whose silence was not reported yet. */
export async function readSilentNodes(client: pg.ClientBase, intervals: number): Promise<SilentNode[]> {
  const { rows } = await client.query<SilentNode>(
    `SELECT r.node_id AS "nodeId", r.name, r.environment, date_trunc('milliseconds', l.last_seen) AS "lastSeen",
       r.heartbeat_interval_s AS "intervalS"
     FROM node_registry r ${LAST}
     WHERE r.revoked_at IS NULL AND l.last_seen < now() - $1 * r.heartbeat_interval_s * interval '1 second'
       AND (r.unseen_reported_for IS NULL OR r.unseen_reported_for < date_trunc('milliseconds', l.last_seen))
     ORDER BY l.last_seen LIMIT 500`,
    [intervals],
  )
  return rows
}

/** To be called once the finding is stored downstream. */
export async function markSilenceReported(client: pg.ClientBase, node: SilentNode): Promise<void> {
  await client.query('UPDATE node_registry SET unseen_reported_for = $2 WHERE node_id = $1', [
    node.nodeId,
    node.lastSeen,
  ])
}

/** A node that was reported as lost and has been heard of since. */
export interface ReturnedNode extends SilentNode {
  readonly backAt: Date
}

export async function readReturnedNodes(client: pg.ClientBase): Promise<ReturnedNode[]> {
  const { rows } = await client.query<ReturnedNode>(
    `SELECT r.node_id AS "nodeId", r.name, r.environment, r.unseen_reported_for AS "lastSeen", r.heartbeat_interval_s AS "intervalS",
       b.at AS "backAt"
     FROM node_registry r CROSS JOIN LATERAL (
       SELECT min(created_at) AS at FROM node_telemetry t
       WHERE t.node_id = r.node_id AND t.created_at >= r.unseen_reported_for + interval '1 millisecond') b
     WHERE r.unseen_reported_for IS NOT NULL AND r.back_reported_for IS DISTINCT FROM r.unseen_reported_for AND b.at IS NOT NULL
     ORDER BY b.at LIMIT 500`,
  )
  return rows
}

/** To be called once the finding is stored downstream. */
export async function markReturnReported(client: pg.ClientBase, { nodeId, lastSeen }: ReturnedNode): Promise<void> {
  await client.query('UPDATE node_registry SET back_reported_for = $2 WHERE node_id = $1', [nodeId, lastSeen])
}

export interface NodeTelemetryFilter {
  readonly nodeId?: string | undefined
  readonly isUnresolved: boolean
  readonly limit: number
}

/** What nodes reported, the newest first. */
export async function readNodeTelemetry(client: pg.ClientBase, filter: NodeTelemetryFilter): Promise<object[]> {
  const { rows } = await client.query(
    `SELECT t.id, t.node_id, t.user_id, t.type, t.payload, t.node_version, t.severity, t.resolved, t.created_at, t.message,
       lpad(to_hex(t.fingerprint), 16, '0') AS fingerprint,
       CASE WHEN d.telemetry_id IS NOT NULL THEN jsonb_build_object('outcome', d.outcome, 'text', d.text, 'known_issue', i.name,
         'command', c.type, 'command_state', c.state, 'triaged_at', d.triaged_at, 'resolved_at', d.resolved_at) END AS triage
     FROM node_telemetry t LEFT JOIN node_triage d ON d.telemetry_id = t.id
     LEFT JOIN node_known_issues i ON i.id = d.issue_id LEFT JOIN node_commands c ON c.id = d.command_id
     WHERE ($1::text IS NULL OR t.node_id = $1) AND (NOT $2 OR (NOT t.resolved AND t.severity <> 'info'))
     ORDER BY t.created_at DESC LIMIT $3`,
    [filter.nodeId ?? null, filter.isUnresolved, filter.limit],
  )
  return rows
}

type Row = Readonly<Record<string, unknown>>

export interface FleetFilter {
  readonly nodeId?: string | undefined
  readonly unresolvedOnly?: boolean
  readonly limit: number
}

/** Intervals of its heartbeat after which a node is called silent. */
export const SILENT_AFTER_INTERVALS = 3

/** Nodes as they are now, what is unresolved first: alive, silent, never seen or revoked. One more than `limit` where there are more. */
export function readFleet(read: Read, { nodeId, unresolvedOnly = false, limit }: FleetFilter): Promise<readonly Row[]> {
  return read(
    `SELECT r.node_id, r.name, r.user_id, r.environment, r.heartbeat_interval_s, l.last_seen, l.node_version, u.unresolved,
       CASE WHEN r.revoked_at IS NOT NULL THEN 'revoked' WHEN l.last_seen IS NULL THEN 'never seen'
         WHEN l.last_seen < now() - ${SILENT_AFTER_INTERVALS} * r.heartbeat_interval_s * interval '1 second' THEN 'silent' ELSE 'alive' END AS state
     FROM node_registry r ${LAST}
     CROSS JOIN LATERAL (SELECT count(*)::int AS unresolved FROM node_telemetry t
       WHERE t.node_id = r.node_id AND NOT t.resolved AND t.severity <> 'info') u
     WHERE ($1::text IS NULL OR r.node_id = $1) AND (NOT $2 OR u.unresolved > 0)
     ORDER BY u.unresolved DESC, l.last_seen DESC NULLS LAST LIMIT $3`,
    [nodeId ?? null, unresolvedOnly, limit + 1],
  )
}

/** Crashes and warnings, the newest first. One more than `limit` where there are more. */
export function readNodeTroubles(
  read: Read,
  { nodeId, unresolvedOnly = false, limit }: FleetFilter,
): Promise<readonly Row[]> {
  return read(
    `SELECT created_at, node_id, type, severity, left(message, 500) AS message, node_version, resolved,
       lpad(to_hex(fingerprint), 16, '0') AS fingerprint
     FROM node_telemetry WHERE severity <> 'info' AND ($1::text IS NULL OR node_id = $1) AND (NOT $2 OR NOT resolved)
     ORDER BY created_at DESC LIMIT $3`,
    [nodeId ?? null, unresolvedOnly, limit + 1],
  )
}

/** What a node said of itself, the newest first: heartbeats and health reports. */
export function readNodeHealth(read: Read, nodeId: string, since: Date): Promise<readonly Row[]> {
  return read(
    `SELECT created_at, node_version, (payload->>'memory_mb')::float8 AS memory_mb, (payload->>'uptime')::float8 AS uptime_ms,
       payload->>'connection_state' AS connection_state, (payload->>'ws_failure_count')::float8 AS connection_failures,
       (payload->>'error_count')::float8 AS errors
     FROM node_telemetry WHERE node_id = $1 AND type = 'health' AND created_at > $2 ORDER BY created_at DESC LIMIT 2000`,
    [nodeId, since],
  )
}
