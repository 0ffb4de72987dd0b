import type pg from 'pg'
import type { Evidence, HypothesisRow, ReportRow } from '../../analysis/prose/evidence.ts'

export interface UntoldReport extends ReportRow {
  readonly id: string
  readonly revision: number
}

/** Reports that were written since then and have no prose of their revision yet, the newest first. */
export async function untoldReports(client: pg.ClientBase, since: Date, most: number): Promise<UntoldReport[]> {
  const { rows } = await client.query<Omit<UntoldReport, 'hypotheses'>>(
    `SELECT r.id, r.revision, r.title, r.service, r.environment, r.severity, r.triggered_at, r.window_from, r.window_to, r.entities_hit,
       r.notes, r.timeline
     FROM reports r LEFT JOIN report_prose p ON p.report_id = r.id
     WHERE r.updated_at > $1 AND p.revision IS DISTINCT FROM r.revision ORDER BY r.updated_at DESC LIMIT $2`,
    [since, most],
  )
  const { rows: hypotheses } = await client.query<HypothesisRow & { report_id: string }>(
    'SELECT * FROM hypotheses WHERE report_id = ANY ($1) ORDER BY place',
    [rows.map(({ id }) => id)],
  )
  return rows.map(row => ({ ...row, hypotheses: hypotheses.filter(one => one.report_id === row.id) }))
}

/** Names of services that are known. */
export async function serviceNames(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ service: string }>(
    `SELECT DISTINCT service FROM fingerprint_services UNION SELECT DISTINCT service FROM service_releases LIMIT 5000`,
  )
  return rows.map(({ service }) => service)
}

export interface Prose {
  readonly report: string
  readonly revision: number
  readonly model: string
  /** Where it may stand; else `note` says why not. */
  readonly prose: string | undefined
  readonly note: string | undefined
  readonly evidence: readonly Evidence[]
  readonly tokens: number
  readonly tookMs: number
}

/** Keeps it in the place of that of an earlier revision; of a report that is gone nothing is kept. */
export async function writeProse(client: pg.ClientBase, one: Prose): Promise<void> {
  await client.query(
    `INSERT INTO report_prose AS p (report_id, revision, model, prose, note, evidence, tokens, took_ms)
     SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM reports WHERE id = $1
     ON CONFLICT (report_id) DO UPDATE SET revision = excluded.revision, model = excluded.model, prose = excluded.prose,
       note = excluded.note, evidence = excluded.evidence, tokens = excluded.tokens, took_ms = excluded.took_ms, written_at = now()`,
    [
      ...[one.report, one.revision, one.model, one.prose ?? null, one.note ?? null, JSON.stringify(one.evidence)],
      ...[one.tokens, one.tookMs],
    ],
  )
}
