import type pg from 'pg'
import {
  type Change,
  type Decision,
  decide,
  type HeldBackBy,
  type Member,
  type Told,
} from '../../analysis/notify/decide.ts'
import type { Finding, NotificationCounts, Routing } from '../../pipeline/model/index.ts'
import { inTransaction } from '../connect.ts'
import { lockDestination } from './accept.ts'
import { composeNotification } from './compose.ts'
import { heldBackBy, readFiring, readHoldings } from './held-back.ts'

interface Group {
  readonly group_key: string
  readonly labels: Record<string, string>
  readonly group_interval_ms: string
  readonly repeat_interval_ms: string
  readonly episode_at: Date | null
  readonly messages: number
  readonly notified_at: Date | null
  readonly in_doubt_since: Date | null
}

interface FindingRow {
  readonly id: string
  readonly series: string
  readonly state: Member['state']
  readonly revision: number
  readonly severity: number
  readonly acknowledged: boolean
  readonly started_at: Date
  readonly ended_at: Date | null
  readonly restarts: number
  readonly finding: Finding
  readonly routing: Routing
  readonly told_state: Told['state'] | null
  readonly told_revision: number
  readonly told_severity: number
  readonly told_acknowledged: boolean
  readonly told_at: Date
}

/** Groups that are decided on in one transaction: few, so that nobody who accepts waits long. */
const GROUPS_AT_ONCE = 20

/**
 * Decides on each group of the destination whose time has come, and puts what is to be said into the outbox. A group
 * whose last message is still under way waits for it. Whichever process calls this: a group is decided on by one.
 * Resolves to how many messages were written.
 */
export async function flushDue(
  client: pg.ClientBase,
  destination: string,
  wants: ReadonlySet<Change>,
  now: Date,
): Promise<number> {
  let written = 0
  // Nearly always there is nothing: one look without a lock.
  const { rows } = await client.query(ANY_DUE, [destination, now])
  if (rows.length === 0) return 0
  for (let looked = GROUPS_AT_ONCE; looked === GROUPS_AT_ONCE; ) {
    looked = await inTransaction(client, async () => {
      await lockDestination(client, destination)
      const { rows: groups } = await client.query<Group>(DUE_GROUPS, [destination, now, GROUPS_AT_ONCE])
      for (const group of groups) written += await flushGroup(client, destination, group, wants, now)
      return groups.length
    })
  }
  return written
}

const ANY_DUE = `SELECT FROM notification_groups WHERE destination = $1 AND flush_at <= $2 LIMIT 1`

const DUE_GROUPS = `
  SELECT group_key, labels, group_interval_ms, repeat_interval_ms, episode_at, messages, notified_at, in_doubt_since
  FROM notification_groups g
  WHERE destination = $1 AND flush_at <= $2 AND NOT EXISTS (SELECT FROM notifications n
    WHERE n.destination = g.destination AND n.group_key = g.group_key AND n.state IN ('waiting', 'sending'))
  ORDER BY flush_at LIMIT $3`

async function flushGroup(
  client: pg.ClientBase,
  destination: string,
  group: Group,
  wants: ReadonlySet<Change>,
  now: Date,
): Promise<number> {
  const { rows } = await client.query<FindingRow>(FINDINGS, [destination, group.group_key])
  const holdings = await readHoldings(client, now)
  const firing = await readFiring(
    client,
    rows.map(({ routing }) => routing),
    now,
  )
  const held = new Map(rows.map(row => [row.id, heldBackBy(row.finding, row.routing, holdings, firing, now)]))
  const timing = {
    groupIntervalMs: Number(group.group_interval_ms),
    repeatIntervalMs: Number(group.repeat_interval_ms),
    notifiedMs: group.notified_at?.getTime(),
  }
  const decision = decide(
    rows.map(row => memberOf(row, held.get(row.id))),
    timing,
    wants,
    now.getTime(),
  )
  await writeTold(client, destination, rows, decision, held)
  const isTelling = decision.tell.length > 0
  const wasFiring = rows.some(({ told_state }) => told_state === 'firing')
  // What begins to fire begins a thread; so does an event, where nothing fires.
  const isNew = isTelling && (group.episode_at === null || !wasFiring)
  const episodeAt = isNew ? now : group.episode_at
  const messages = (isNew ? 0 : group.messages) + (isTelling ? 1 : 0)
  if (isTelling) {
    const content = compose(destination, { ...group, episode_at: episodeAt, messages }, rows, decision, held, now)
    await client.query(WRITE_NOTIFICATION, [content.id, destination, group.group_key, content.change, content, now])
    await client.query(WRITE_TELLINGS, [
      destination,
      content.id,
      JSON.stringify(tellingsOf(rows, decision, timing, now)),
    ])
  }
  await client.query(WRITE_GROUP, [
    destination,
    group.group_key,
    decision.lookAtMs === undefined ? null : new Date(decision.lookAtMs),
    episodeAt,
    messages,
    isTelling ? now : group.notified_at,
    isNew,
  ])
  return isTelling ? 1 : 0
}

function memberOf(row: FindingRow, held: HeldBackBy | undefined): Member {
  return {
    id: row.id,
    series: row.series,
    state: row.state,
    revision: row.revision,
    severity: row.severity,
    isAcknowledged: row.acknowledged,
    startedMs: row.started_at.getTime(),
    endedMs: row.ended_at?.getTime(),
    restarts: row.restarts,
    isSettled: row.finding.labels.kind === 'incident',
    heldBackBy: held,
    told:
      row.told_state === null
        ? undefined
        : {
            state: row.told_state,
            revision: row.told_revision,
            severity: row.told_severity,
            isAcknowledged: row.told_acknowledged,
            atMs: row.told_at.getTime(),
          },
  }
}

function compose(
  destination: string,
  group: Group,
  rows: readonly FindingRow[],
  { tell, told }: Decision,
  held: ReadonlyMap<string, HeldBackBy | undefined>,
  now: Date,
) {
  const changes = new Map(tell.map(({ id, change }) => [id, change]))
  const lasts = ({ id, state, told_state }: FindingRow) =>
    state === 'firing' && (told.get(id)?.state ?? told_state) === 'firing'
  const told_ = rows.filter(row => changes.has(row.id) || lasts(row))
  const counts: NotificationCounts = {
    firing: told_.filter(lasts).length,
    acknowledged: told_.filter(row => lasts(row) && row.acknowledged).length,
    resolved: told_.filter(({ id }) => changes.get(id) === 'resolved').length,
    events: told_.filter(({ state }) => state === 'event').length,
    heldBack: rows.filter(({ id, state }) => state !== 'ended' && held.get(id) !== undefined).length,
  }
  const thread = threadOf(destination, group)
  return composeNotification({
    id: `${thread}-${group.messages}`,
    thread,
    number: group.messages,
    at: now,
    labels: group.labels,
    parts: told_.map(row => ({ finding: row.finding, change: changes.get(row.id) })),
    counts,
    inDoubt: group.in_doubt_since ?? undefined,
  })
}

/** Letters, digits and dashes, so that it may be part of an address. */
function threadOf(destination: string, { group_key, episode_at }: Group): string {
  const name = destination.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return `${name}-${group_key}-${(episode_at?.getTime() ?? 0).toString(36)}`
}

/** A repetition has the number of its repeat interval, so that two in one would collide. */
function tellingsOf(
  rows: readonly FindingRow[],
  { tell }: Decision,
  { repeatIntervalMs }: { readonly repeatIntervalMs: number },
  now: Date,
): object[] {
  const byId = new Map(rows.map(row => [row.id, row]))
  return tell.map(({ id, change }) => {
    const { revision, started_at } = byId.get(id)! // decide tells of what it was given
    const lastsMs = Math.max(0, now.getTime() - started_at.getTime())
    return {
      finding_id: id,
      revision,
      change,
      repetition: change === 'again' ? 1 + Math.floor(lastsMs / repeatIntervalMs) : 0,
    }
  })
}

async function writeTold(
  client: pg.ClientBase,
  destination: string,
  rows: readonly FindingRow[],
  { told, forget }: Decision,
  held: ReadonlyMap<string, HeldBackBy | undefined>,
): Promise<void> {
  const changed = rows.map(({ id }) => {
    const now = told.get(id)
    return {
      finding_id: id,
      held_back_by: held.get(id) ?? null,
      ...(now === undefined
        ? {}
        : {
            state: now.state,
            revision: now.revision,
            severity: now.severity,
            acknowledged: now.isAcknowledged,
            at: new Date(now.atMs),
          }),
    }
  })
  await client.query(WRITE_TOLD, [destination, JSON.stringify(changed)])
  if (forget.length > 0) await client.query(FORGET, [destination, forget])
}

const FINDINGS = `
  SELECT finding_id AS id, series, state, revision, severity, acknowledged, started_at, ended_at, restarts, finding,
    routing, told_state, told_revision, told_severity, told_acknowledged, told_at
  FROM notification_findings WHERE destination = $1 AND group_key = $2 ORDER BY started_at, finding_id`

const WRITE_TOLD = `
  UPDATE notification_findings f SET held_back_by = n.held_back_by,
    told_state = coalesce(n.state, f.told_state), told_revision = coalesce(n.revision, f.told_revision),
    told_severity = coalesce(n.severity, f.told_severity),
    told_acknowledged = coalesce(n.acknowledged, f.told_acknowledged), told_at = coalesce(n.at, f.told_at)
  FROM jsonb_to_recordset($2) AS n (finding_id text, held_back_by text, state text, revision integer, severity smallint,
    acknowledged boolean, at timestamptz)
  WHERE f.destination = $1 AND f.finding_id = n.finding_id
    AND (n.state IS NOT NULL OR f.held_back_by IS DISTINCT FROM n.held_back_by)`

const FORGET = `DELETE FROM notification_findings WHERE destination = $1 AND finding_id = ANY ($2)`

const WRITE_NOTIFICATION = `
  INSERT INTO notifications (notification_id, destination, group_key, change, content, created_at, next_attempt_at)
  VALUES ($1, $2, $3, $4, $5, $6, $6)`

const WRITE_TELLINGS = `
  INSERT INTO notification_tellings (destination, notification_id, finding_id, revision, change, repetition)
  SELECT $1, $2, n.* FROM jsonb_to_recordset($3) AS n (finding_id text, revision integer, change text, repetition integer)`

const WRITE_GROUP = `
  UPDATE notification_groups SET flush_at = $3, episode_at = $4, messages = $5, notified_at = $6,
    thread = CASE WHEN $7 THEN NULL ELSE thread END
  WHERE destination = $1 AND group_key = $2`
