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

/**
 * The report that already answers a trigger: of the same series, of the same trouble, or with the same cause and problem,
 * lately.
 */
export async function standingReport(
  client: pg.ClientBase,
  trigger: Trigger,
  known: Pick<Report, 'hypotheses' | 'begun'> | undefined,
  since: Date,
): Promise<{ readonly id: string; readonly revision: number } | undefined> {
  const first = known?.hypotheses[0]
  const { rows } = await client.query(
    `SELECT r.id, r.revision FROM reports r LEFT JOIN hypotheses h ON h.report_id = r.id AND h.place = 1
     WHERE r.created_at > $1 AND (r.series = $2 OR (r.environment = $3 AND (r.fingerprints && $7 OR (h.name = $4
       AND h.fingerprint IS NOT DISTINCT FROM $5 AND h.release IS NOT DISTINCT FROM $6))))
     ORDER BY r.created_at DESC LIMIT 1`,
    [
      since,
      trigger.series,
      trigger.environment,
      first?.name ?? null,
      first?.thrown?.fingerprint ?? null,
      first?.change?.release ?? null,
      [...(trigger.kind === 'problem' ? [trigger.fingerprint] : []), ...(known === undefined ? [] : begunOf(known))],
    ],
  )
  return rows[0]
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
