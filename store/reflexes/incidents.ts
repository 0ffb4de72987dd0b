import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Found } from '../../analysis/incidents/found.ts'
import type { Incident } from '../../analysis/incidents/incident.ts'
import type { Role } from '../../analysis/incidents/origin.ts'
import type { SharedTraits } from './shared.ts'

/** The same wherever it is made: of the finding that opened it. */
export function incidentId({ id, since }: Found): string {
  return createHash('sha256').update(`${id} ${since}`).digest('hex').slice(0, 12)
}

export interface IncidentEvidence {
  readonly shared: SharedTraits | undefined
  readonly changedBefore: readonly string[]
  readonly entitiesHit: number | undefined
  readonly owner: string | undefined
  /** Of the origin. */
  readonly release: string | undefined
}

export interface StoredIncident {
  readonly incident: Incident
  readonly evidence: IncidentEvidence
  readonly sharedAt: number | undefined
}

/** Incidents that are not resolved, and those resolved so lately that they may come back. */
export async function readIncidents(client: pg.ClientBase, resolvedSince: number): Promise<readonly StoredIncident[]> {
  const { rows } = await client.query(
    `SELECT i.*, coalesce((SELECT jsonb_agg(m.finding ORDER BY m.began_at, m.finding_id) FROM incident_members m WHERE m.incident_id = i.id), '[]') AS members
     FROM incidents i WHERE i.state <> 'resolved' OR i.resolved_at > $1`,
    [new Date(resolvedSince)],
  )
  return rows.map(row => {
    const members = row.members as Found[]
    const because = members.find(({ id }) => id === row.because) ?? members[0]!
    return {
      incident: {
        id: row.id,
        environment: row.environment,
        state: row.state,
        severity: row.severity,
        title: row.title,
        origin: {
          service: row.service,
          operation: row.operation ?? undefined,
          dependency: row.dependency ?? undefined,
          because,
        },
        since: +row.began_at,
        openedAt: +row.opened_at,
        activeAt: +row.active_at,
        resolvedAt: row.resolved_at === null ? undefined : +row.resolved_at,
        members,
        timeline: row.timeline,
        revision: row.revision,
      },
      evidence: {
        shared: row.shared ?? undefined,
        changedBefore: row.changed_before,
        entitiesHit: row.entities_hit ?? undefined,
        owner: row.owner ?? undefined,
        release: row.release ?? undefined,
      },
      sharedAt: row.shared_at === null ? undefined : +row.shared_at,
    }
  })
}

/** False where somebody has changed it meanwhile: what they said stands, and the next round goes on from there. */
export async function writeIncident(
  client: pg.ClientBase,
  incident: Incident,
  evidence: IncidentEvidence,
  roles: readonly { readonly found: Found; readonly role: Role }[],
  now: number,
): Promise<boolean> {
  const { origin } = incident
  const { rowCount } = await client.query(
    `INSERT INTO incidents AS i (id, environment, state, severity, title, service, operation, dependency, fingerprint, began_at,
       opened_at, active_at, resolved_at, shared, shared_at, changed_before, entities_hit, owner, timeline, because, revision, updated_at, release)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, severity = excluded.severity, title = excluded.title,
       service = excluded.service, operation = excluded.operation, dependency = excluded.dependency,
       fingerprint = excluded.fingerprint, began_at = excluded.began_at, active_at = excluded.active_at,
       resolved_at = excluded.resolved_at, shared = coalesce(excluded.shared, i.shared),
       shared_at = coalesce(excluded.shared_at, i.shared_at), changed_before = excluded.changed_before,
       entities_hit = coalesce(excluded.entities_hit, i.entities_hit), owner = excluded.owner,
       release = excluded.release, timeline = excluded.timeline, because = excluded.because, revision = excluded.revision, updated_at = excluded.updated_at
     WHERE i.revision < excluded.revision`,
    [
      incident.id,
      incident.environment,
      incident.state,
      incident.severity,
      incident.title,
      origin.service,
      origin.operation ?? null,
      origin.dependency ?? null,
      origin.because.fingerprint ?? null,
      new Date(incident.since),
      new Date(incident.openedAt),
      new Date(incident.activeAt),
      incident.resolvedAt === undefined ? null : new Date(incident.resolvedAt),
      evidence.shared === undefined ? null : JSON.stringify(evidence.shared),
      evidence.shared === undefined ? null : new Date(now),
      JSON.stringify(evidence.changedBefore),
      evidence.entitiesHit ?? null,
      evidence.owner ?? null,
      JSON.stringify(incident.timeline),
      origin.because.id,
      incident.revision,
      new Date(now),
      evidence.release ?? null,
    ],
  )
  await client.query(
    `INSERT INTO incident_members (incident_id, finding_id, kind, role, service, severity, began_at, ended_at, description, finding)
     SELECT $1, m->>'id', m->>'kind', m->>'role', m->>'service', m->>'severity',
       to_timestamp((m->>'since')::float8 / 1000), to_timestamp((m->>'until')::float8 / 1000), m->>'sentence', m - 'role'
     FROM jsonb_array_elements($2::jsonb) m
     ON CONFLICT (incident_id, finding_id) DO UPDATE SET role = excluded.role, severity = excluded.severity,
       ended_at = excluded.ended_at, description = excluded.description, finding = excluded.finding`,
    [incident.id, JSON.stringify(roles.map(({ found, role }) => ({ ...found, role })))],
  )
  return rowCount === 1
}
