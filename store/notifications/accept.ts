import { createHash } from 'node:crypto'
import type pg from 'pg'
import { FINDING_SEVERITIES, type Finding, type Routing } from '../../pipeline/model/index.ts'
import { inTransaction } from '../connect.ts'

/** How a destination is told where no processor `group` says it: Alertmanager's times, and few messages. */
export const DEFAULT_ROUTING = {
  group_by: ['owner', 'environment'],
  group_wait_ms: 30_000,
  group_interval_ms: 300_000,
  repeat_interval_ms: 4 * 3_600_000,
} as const satisfies Routing

export interface Accepted {
  readonly finding: Finding
  readonly routing: Routing
}

/**
 * Takes findings into a destination's outbox: what is known of each afterwards is its latest revision. Sending the same
 * again changes nothing. Resolves to how many were news.
 */
export function acceptFindings(
  client: pg.ClientBase,
  destination: string,
  accepted: readonly Accepted[],
  now: Date,
): Promise<number> {
  return inTransaction(client, async () => {
    await lockDestination(client, destination)
    let news = 0
    for (const wave of wavesOf(accepted)) news += await acceptWave(client, destination, wave, now)
    return news
  })
}

/** Until the end of the transaction. Who accepts and who decides go one after the other: they lock the same rows in another order. */
export async function lockDestination(client: pg.ClientBase, destination: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK_SPACE, destination])
}

/** "note": beside the key of a name in this space there are no others. */
const LOCK_SPACE = 0x6e6f7465

/** A statement can change a row once, so findings of one id go one after the other. */
function wavesOf(accepted: readonly Accepted[]): Accepted[][] {
  const waves: Map<string, Accepted>[] = []
  for (const one of accepted) {
    const wave = waves.find(known => !known.has(one.finding.id)) ?? new Map<string, Accepted>()
    if (wave.size === 0) waves.push(wave)
    wave.set(one.finding.id, one)
  }
  return waves.map(wave => [...wave.values()])
}

async function acceptWave(
  client: pg.ClientBase,
  destination: string,
  wave: readonly Accepted[],
  now: Date,
): Promise<number> {
  const rows = wave.map(({ finding, routing }) => ({
    finding_id: finding.id,
    group_key: groupOf(finding, routing).key,
    series: finding.series,
    state: finding.state,
    revision: finding.revision,
    severity: FINDING_SEVERITIES.indexOf(finding.severity),
    acknowledged: finding.isAcknowledged,
    started_at: finding.since,
    ended_at: finding.state === 'ended' ? (finding.until ?? finding.at) : null,
    at: finding.at,
    finding,
    routing,
  }))
  const { rows: changed } = await client.query<{ id: string; key: string }>(UPSERT_FINDINGS, [
    destination,
    JSON.stringify(rows),
  ])
  if (changed.length === 0) return 0
  const byId = new Map(wave.map(one => [one.finding.id, one]))
  const groups = new Map<string, GroupRow>()
  for (const { id, key } of changed) {
    const { finding, routing } = byId.get(id)! // the statement returns what it was given
    const times = { ...DEFAULT_ROUTING, ...routing }
    const severity = finding.state === 'ended' ? -1 : FINDING_SEVERITIES.indexOf(finding.severity)
    groups.set(key, {
      worst: Math.max(severity, groups.get(key)?.worst ?? -1),
      group_key: key,
      labels: groupOf(finding, routing).labels,
      wait_ms: times.group_wait_ms,
      interval_ms: times.group_interval_ms,
      repeat_ms: times.repeat_interval_ms,
    })
  }
  await client.query(UPSERT_GROUPS, [destination, JSON.stringify([...groups.values()]), now])
  return changed.length
}

/** What a wave says of a group. */
interface GroupRow {
  readonly group_key: string
  readonly labels: Readonly<Record<string, string>>
  readonly wait_ms: number
  readonly interval_ms: number
  readonly repeat_ms: number
  /** Severity of the worst that is new or changed in it and is not over, by rank; -1 where all is. */
  readonly worst: number
}

/** The labels that a group has in common, and a short name for them. */
function groupOf({ labels }: Finding, routing: Routing): { key: string; labels: Record<string, string> } {
  const names = routing.group_by ?? DEFAULT_ROUTING.group_by
  const common = Object.fromEntries(names.map(name => [name, labels[name] ?? '']))
  return { key: createHash('sha256').update(JSON.stringify(common)).digest('hex').slice(0, 16), labels: common }
}

/**
 * A revision of 0 stands for the next one: the record does not say, and counts when it tells of another state than the
 * one that is known, and later. A finding stays in the group in which it was told first.
 */
const UPSERT_FINDINGS = `
  INSERT INTO notification_findings AS f (destination, finding_id, group_key, series, state, revision, severity,
    acknowledged, started_at, ended_at, at, finding, routing)
  SELECT $1, n.* FROM jsonb_to_recordset($2) AS n (finding_id text, group_key text, series text, state text,
    revision integer, severity smallint, acknowledged boolean, started_at timestamptz, ended_at timestamptz,
    at timestamptz, finding jsonb, routing jsonb)
  ON CONFLICT (destination, finding_id) DO UPDATE SET
    state = excluded.state, severity = excluded.severity, acknowledged = excluded.acknowledged,
    revision = CASE WHEN excluded.revision = 0 THEN f.revision + 1 ELSE excluded.revision END,
    started_at = excluded.started_at, ended_at = excluded.ended_at, at = excluded.at,
    finding = excluded.finding, routing = excluded.routing,
    restarts = f.restarts + (f.state = 'ended' AND excluded.state = 'firing')::int
  WHERE excluded.revision > f.revision
    OR (excluded.revision = 0 AND excluded.state <> f.state AND excluded.at > f.at)
  RETURNING finding_id AS id, group_key AS key`

/**
 * A group is looked at after the wait, but not before the interval since its last message is over, unless something is
 * worse than all that it was told of in that time: who has heard of a warning hears of an outage.
 */
const UPSERT_GROUPS = `
  INSERT INTO notification_groups AS g (destination, group_key, labels, group_interval_ms, repeat_interval_ms, flush_at)
  SELECT $1, n.group_key, n.labels, n.interval_ms, n.repeat_ms, $3::timestamptz + n.wait_ms * interval '1 ms'
  FROM jsonb_to_recordset($2) AS n (group_key text, labels jsonb, wait_ms bigint, interval_ms bigint, repeat_ms bigint)
  ON CONFLICT (destination, group_key) DO UPDATE SET
    group_interval_ms = excluded.group_interval_ms, repeat_interval_ms = excluded.repeat_interval_ms,
    flush_at = least(g.flush_at, CASE
      WHEN (SELECT n.worst FROM jsonb_to_recordset($2) AS n (group_key text, worst integer) WHERE n.group_key = g.group_key) > (
        SELECT coalesce(max(told_severity), 0) FROM notification_findings f
        WHERE f.destination = g.destination AND f.group_key = g.group_key
          AND (f.told_state = 'firing' OR f.told_at > $3::timestamptz - excluded.group_interval_ms * interval '1 ms'))
      THEN excluded.flush_at
      ELSE greatest(excluded.flush_at, g.notified_at + excluded.group_interval_ms * interval '1 ms')
    END)`
