import type pg from 'pg'
import type { Hypothesis } from '../../analysis/causes/index.ts'
import type { KnownChange } from '../changes.ts'
import type { PathStep } from './path.ts'
import type { Trigger } from './triggers.ts'

/** A report as it is stored. */
export interface Report {
  readonly trigger: Trigger
  readonly window: { readonly from: Date; readonly to: Date }
  readonly hypotheses: readonly Hypothesis<KnownChange>[]
  /** One for each hypothesis. */
  readonly paths: readonly (readonly PathStep[])[]
  readonly timeline: readonly { readonly at: number; readonly text: string }[]
  readonly notes: readonly string[]
  /** Problems that began with it in what the correlation id names. */
  readonly begun: readonly string[]
  readonly text: string
  readonly entitiesHit: number | undefined
  /** Of its problem, in equal parts of the time from `usualFrom` to the end of the window. */
  readonly failures: readonly number[]
  readonly usualFrom: Date
  readonly weightsVersion: number
  readonly tookMs: number
}

/** What a report is to be of, to be the answer to something else as well. */
export interface Lately {
  /** It was made after this. */
  readonly since: Date
  /** Where that was long ago: what it explains lies here. */
  readonly explains?: readonly [Date, Date] | undefined
  /** Services that rest on the trigger's, or it on them, with reports of their anomalies. */
  readonly related?: readonly string[]
}

/** What begins at related services within so long of each other is one trouble. */
const TOGETHER = "interval '3 minutes'"
/** A report with a cause that was made or made anew within this is as good an answer as another one would be. */
const FRESH = "interval '30 seconds'"

/**
 * The report that already answers a trigger, lately: of the same series, of a problem of the same trouble, of something
 * that is in the same incident, or with the same cause. Where a cause is known by nothing but the service, it is no cause
 * of a debug event: that has its own correlation id to tell of.
 *
 * @param known absent while nothing is known of the trigger but itself: then the same series or problem is enough
 */
export async function standingReport(
  client: pg.ClientBase,
  trigger: Trigger,
  known: Pick<Report, 'hypotheses' | 'begun'> | undefined,
  { since, explains, related = [] }: Lately,
  now: number,
): Promise<{ readonly id: string; readonly revision: number } | undefined> {
  const values: unknown[] = []
  const $ = (value: unknown) => `$${values.push(value)}`
  const lately = [`r.created_at > ${$(since)}`]
  if (explains !== undefined) lately.push(`r.window_to BETWEEN ${$(explains[0])} AND ${$(explains[1])}`)
  const answers = [
    `r.series = ${$(trigger.series)}`,
    ...ofTheSameTrouble(trigger, known, related, now, $),
    `r.environment = ${$(trigger.environment)} AND (${withTheSameCause(trigger, known, $).join(' OR ')})`,
  ]
  const { rows } = await client.query(
    `SELECT r.id, r.revision FROM reports r LEFT JOIN hypotheses h ON h.report_id = r.id AND h.place = 1
     WHERE ${lately.join(' AND ')} AND ((${answers.join(') OR (')})) ORDER BY r.created_at DESC LIMIT 1`,
    values,
  )
  return rows[0]
}

type Parameter = (value: unknown) => string

/** In the incident that the trigger is of, or is; or of what begins with it, where the one rests on the other. */
function ofTheSameTrouble(
  { id, incidentId, environment, at }: Trigger,
  known: object | undefined,
  related: readonly string[],
  now: number,
  $: Parameter,
): readonly string[] {
  // While nothing is known, only a report with a cause that is as fresh as another one would be.
  if (known === undefined && incidentId !== undefined) return []
  const isFresh =
    known !== undefined ? '' : `h.place IS NOT NULL AND r.updated_at > ${$(new Date(now))}::timestamptz - ${FRESH} AND `
  const begun = `${$(new Date(at))}::timestamptz`
  return [
    `${isFresh}r.id IN (
      WITH same AS (SELECT incident_id AS id FROM incident_members WHERE finding_id = ${$(id)} UNION SELECT ${$(incidentId ?? null)}::text)
      SELECT t.report_id FROM report_triggers t WHERE t.trigger_id IN (
        SELECT 'incident/' || id FROM same UNION ALL SELECT m.finding_id FROM incident_members m JOIN same ON m.incident_id = same.id))`,
    `${isFresh}r.environment = ${$(environment)} AND r.service = ANY (${$(related)}) AND r.trigger_kind IN ('anomaly', 'incident')
      AND r.triggered_at BETWEEN ${begun} - ${TOGETHER} AND ${begun} + ${TOGETHER}`,
  ]
}

/** Of a problem that began with it, or with a first hypothesis that says the same. */
function withTheSameCause(
  trigger: Trigger,
  known: Pick<Report, 'hypotheses' | 'begun'> | undefined,
  $: Parameter,
): readonly string[] {
  const problems = [
    ...(trigger.kind === 'problem' ? [trigger.fingerprint] : []),
    ...(known === undefined ? [] : begunOf(known)),
  ]
  const ofThem = `r.fingerprints && ${$(problems)}`
  const first = known?.hypotheses[0]
  if (first === undefined) return [ofThem]
  const { name, thrown, change, dependency, instance } = first
  const apart = { fingerprint: thrown?.fingerprint, release: change?.release, dependency, instance }
  if (trigger.kind === 'debug_event' && Object.values(apart).every(one => one === undefined)) return [ofThem]
  const same = Object.entries(apart).map(([column, value]) => `h.${column} IS NOT DISTINCT FROM ${$(value ?? null)}`)
  return [ofThem, `h.name = ${$(name)} AND ${same.join(' AND ')}`]
}

function begunOf({ begun, hypotheses }: Pick<Report, 'hypotheses' | 'begun'>): readonly string[] {
  return [...begun, hypotheses[0]?.thrown?.fingerprint].filter(one => one !== undefined)
}

export async function noteTrigger(client: pg.ClientBase, trigger: Trigger, report: string, now: Date): Promise<void> {
  await client.query('INSERT INTO report_triggers VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    trigger.id,
    report,
    now,
  ])
}

/** Stores a report, or what is known now in the place of one; resolves to its revision. To be called in a transaction. */
export async function writeReport(client: pg.ClientBase, id: string, report: Report, now: Date): Promise<number> {
  const { trigger, window, hypotheses, paths, entitiesHit } = report
  const first = hypotheses[0]
  const { rows } = await client.query<{ revision: number }>(
    `INSERT INTO reports AS r (id, trigger_kind, trigger_id, series, title, severity, environment, service, triggered_at, window_from,
       window_to, correlation_id, fingerprint, incident_id, entities_hit, notes, timeline, text, weights_version, took_ms, created_at, updated_at,
       fingerprints)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21, $22)
     ON CONFLICT (id) DO UPDATE SET title = excluded.title, severity = excluded.severity, window_from = excluded.window_from,
       window_to = excluded.window_to, fingerprint = excluded.fingerprint, incident_id = coalesce(excluded.incident_id, r.incident_id),
       entities_hit = excluded.entities_hit, notes = excluded.notes, timeline = excluded.timeline, text = excluded.text,
       correlation_id = coalesce(r.correlation_id, excluded.correlation_id),
       fingerprints = ARRAY(SELECT DISTINCT unnest(r.fingerprints || excluded.fingerprints) ORDER BY 1), triggers = r.triggers + 1, weights_version = excluded.weights_version, revision = r.revision + 1, updated_at = excluded.updated_at
     RETURNING revision`,
    [
      ...[id, trigger.kind, trigger.id, trigger.series, trigger.title, trigger.severity, trigger.environment],
      ...[trigger.service, new Date(trigger.at), window.from, window.to, trigger.correlationId ?? null],
      ...[first?.thrown?.fingerprint ?? trigger.fingerprint ?? null, trigger.incidentId ?? null, entitiesHit ?? null],
      ...[JSON.stringify(report.notes), JSON.stringify(report.timeline), report.text, report.weightsVersion],
      ...[report.tookMs, now, [...new Set([...begunOf(report), trigger.fingerprint].filter(one => one !== undefined))]],
    ],
  )
  await client.query('DELETE FROM hypotheses WHERE report_id = $1', [id])
  for (const [i, one] of hypotheses.entries()) await writeHypothesis(client, id, i + 1, one, paths[i] ?? [])
  await noteTrigger(client, trigger, id, now)
  return rows[0]!.revision
}

async function writeHypothesis(
  client: pg.ClientBase,
  report: string,
  place: number,
  hypothesis: Hypothesis<KnownChange>,
  path: readonly PathStep[],
): Promise<void> {
  const { kind, name, dependency, instance, operation, change, since, confidence, because, against } = hypothesis
  const { thrown, confirm, points } = hypothesis
  await client.query(
    `INSERT INTO hypotheses (report_id, place, kind, name, dependency, instance, operation, function, file, exception, fingerprint, release,
       commit, change, since, confidence, because, against, confirm, path, shared, points)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
    [
      ...[report, place, kind, name, dependency ?? null, instance ?? null, operation ?? null],
      ...[thrown?.function ?? null, thrown?.file ?? null, thrown?.exception ?? null, thrown?.fingerprint ?? null],
      ...[change?.release ?? null, change?.commit ?? null, change === undefined ? null : JSON.stringify(change)],
      ...[new Date(since), confidence, JSON.stringify(because), JSON.stringify(against), confirm, JSON.stringify(path)],
      ...[JSON.stringify(thrown?.shared ?? []), JSON.stringify(points)],
    ],
  )
}
