import type pg from 'pg'
import { wholeId } from '../reflexes/whole-id.ts'

export interface ReportRow {
  readonly id: string
  readonly trigger_kind: string
  readonly triggered_at: Date
  readonly severity: string
  readonly service: string
  readonly environment: string
  readonly title: string
  readonly cause: string | null
  readonly kind: string | null
  readonly release: string | null
  readonly confidence: number | null
  readonly verdict: string | null
}

export interface ReportFilter {
  readonly service: string | undefined
  readonly since: Date
  readonly limit: number
}

const LAST_WORD = `LEFT JOIN LATERAL (SELECT verdict FROM report_feedback f WHERE f.report_id = r.id ORDER BY said_at DESC LIMIT 1) f ON true`

/** The newest first. */
export async function listReports(
  client: pg.ClientBase,
  { service, since, limit }: ReportFilter,
): Promise<ReportRow[]> {
  const { rows } = await client.query<ReportRow>(
    `SELECT r.id, r.trigger_kind, r.triggered_at, r.severity, r.service, r.environment, r.title, h.name AS cause, h.kind, h.release,
       h.confidence, f.verdict
     FROM reports r LEFT JOIN hypotheses h ON h.report_id = r.id AND h.place = 1 ${LAST_WORD}
     WHERE r.triggered_at > $1 AND ($2::text IS NULL OR r.service = $2 OR h.name = $2) ORDER BY r.triggered_at DESC LIMIT $3`,
    [since, service ?? null, limit],
  )
  return rows
}

/** The report with its hypotheses and what people said of it. @throws SensoriumError USAGE where there is none */
export async function readReport(client: pg.ClientBase, id: string): Promise<Readonly<Record<string, unknown>>> {
  const whole = await wholeId(client, 'reports', id)
  const { rows } = await client.query(
    `SELECT r.*, coalesce((SELECT jsonb_agg(to_jsonb(h) - 'report_id' ORDER BY place) FROM hypotheses h WHERE h.report_id = r.id), '[]') AS hypotheses,
       coalesce((SELECT jsonb_agg(to_jsonb(f) - 'report_id' - 'feedback_id' ORDER BY said_at) FROM report_feedback f WHERE f.report_id = r.id), '[]') AS feedback,
       (SELECT to_jsonb(p) - 'report_id' FROM report_prose p WHERE p.report_id = r.id AND p.revision = r.revision) AS prose
     FROM reports r WHERE id = $1`,
    [whole],
  )
  return rows[0]!
}
