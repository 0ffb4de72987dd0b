import { z } from 'zod'
import { SENT_AT } from '../../store/notifications/list.ts'
import { listOf, type Read, type Scope, textOrNone } from '../../store/reading.ts'
import { endpoint, NotFound } from '../server/endpoint.ts'

export interface IncidentAnswer {
  readonly id: string
  readonly state: 'open' | 'acknowledged' | 'resolved'
  readonly severity: string
  readonly title: string
  readonly environment: string
  readonly service: string
  readonly operation: string | undefined
  readonly dependency: string | undefined
  readonly fingerprint: string | undefined
  readonly began_at: string
  readonly opened_at: string
  readonly active_at: string
  readonly resolved_at: string | undefined
  readonly resolved_by: string | undefined
  readonly acknowledged_by: string | undefined
  readonly acknowledged_at: string | undefined
  readonly acknowledged_why: string | undefined
  readonly is_true: boolean | undefined
  readonly entities_hit: number | undefined
  readonly owner: string | undefined
  readonly shared: string | undefined
  readonly changed_before: readonly string[]
  readonly timeline: readonly { readonly at: string; readonly text: string }[]
  readonly members: readonly IncidentMember[]
  readonly told: readonly IncidentTold[]
  readonly silences: readonly {
    readonly id: number
    readonly matchers: readonly string[]
    readonly ends_at: string
    readonly created_by: string
    readonly reason: string
  }[]
}

export interface IncidentMember {
  readonly finding_id: string
  readonly kind: string
  readonly role: string
  readonly severity: string
  readonly service: string
  /** Findings of the same are one thing that was found several times. */
  readonly subject: string
  readonly description: string
  readonly began_at: string
  readonly ended_at: string | undefined
  readonly fingerprint: string | undefined
}

export interface IncidentTold {
  readonly destination: string
  readonly state: string
  readonly at: string
}

export const incident = endpoint({
  name: 'incident',
  query: z.strictObject({ id: z.string().min(1).max(100) }),
  async answer({ access, read }, { id }): Promise<IncidentAnswer> {
    const visible = access.services ?? null
    const [row] = await read(
      `SELECT *, shared->>'words' AS words FROM incidents WHERE id = $1 AND is_among(service, $2)`,
      [id, visible],
    )
    if (row === undefined) throw new NotFound('there is no incident of this id that you may see')
    return {
      id: String(row.id),
      state: row.state as IncidentAnswer['state'], // the column's three words
      severity: String(row.severity),
      title: String(row.title),
      environment: String(row.environment),
      service: String(row.service),
      operation: textOrNone(row.operation),
      dependency: textOrNone(row.dependency),
      fingerprint: textOrNone(row.fingerprint),
      began_at: String(row.began_at),
      opened_at: String(row.opened_at),
      active_at: String(row.active_at),
      resolved_at: textOrNone(row.resolved_at),
      resolved_by: textOrNone(row.resolved_by),
      acknowledged_by: textOrNone(row.acknowledged_by),
      acknowledged_at: textOrNone(row.acknowledged_at),
      acknowledged_why: textOrNone(row.acknowledged_why),
      is_true: typeof row.is_true === 'boolean' ? row.is_true : undefined,
      entities_hit: row.entities_hit === undefined ? undefined : Number(row.entities_hit),
      owner: textOrNone(row.owner),
      shared: textOrNone(row.words),
      changed_before: listOf(row.changed_before).map(String),
      timeline: listOf(row.timeline).map(entry => {
        const { at, text } = entry as { at: number; text: string } // as store/reflexes writes it
        return { at: new Date(at).toISOString(), text }
      }),
      members: await readMembers(read, id, visible),
      told: await readTold(read, id),
      silences: await readSilences(read),
    }
  },
})

async function readMembers(read: Read, id: string, visible: Scope['visible']): Promise<IncidentMember[]> {
  const rows = await read(
    `SELECT finding_id, kind, role, severity, service, description, began_at, ended_at, finding->>'fingerprint' AS fingerprint,
       concat_ws(' ', kind, finding->>'metric', finding->>'operation', '→' || (finding->>'callee'),
         coalesce(finding->>'fingerprint', finding->>'objective', CASE WHEN finding->>'metric' IS NULL THEN finding_id END)) AS subject
     FROM incident_members WHERE incident_id = $1 AND is_among(service, $2)
     ORDER BY role = 'origin' DESC, role = 'explained' DESC, began_at, finding_id LIMIT 200`,
    [id, visible],
  )
  return rows.map(row => ({
    finding_id: String(row.finding_id),
    kind: String(row.kind),
    role: String(row.role),
    severity: String(row.severity),
    service: String(row.service),
    subject: String(row.subject),
    description: String(row.description),
    began_at: String(row.began_at),
    ended_at: textOrNone(row.ended_at),
    fingerprint: textOrNone(row.fingerprint),
  }))
}

async function readTold(read: Read, id: string): Promise<IncidentTold[]> {
  const rows = await read(
    `SELECT destination, state, ${SENT_AT} AS told_at, held_back_by FROM notification_findings f WHERE finding_id = $1 ORDER BY at DESC LIMIT 20`,
    [`incident/${id}`],
  )
  return rows.map(row => ({
    destination: String(row.destination),
    state:
      row.told_at === undefined
        ? `not told yet${row.held_back_by === undefined ? '' : `: held back by ${String(row.held_back_by)}`}`
        : String(row.state),
    at: textOrNone(row.told_at) ?? '',
  }))
}

async function readSilences(read: Read): Promise<IncidentAnswer['silences']> {
  const rows = await read(
    `SELECT silence_id::int AS id, matchers, ends_at, created_by, reason FROM silences WHERE starts_at <= now() AND ends_at > now() ORDER BY ends_at LIMIT 50`,
    [],
  )
  return rows.map(row => ({
    id: Number(row.id),
    matchers: listOf(row.matchers).map(String),
    ends_at: String(row.ends_at),
    created_by: String(row.created_by),
    reason: String(row.reason),
  }))
}
