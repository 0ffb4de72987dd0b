import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { inTransaction } from '../connect.ts'
import { MIGRATIONS_DIR } from '../migration-files.ts'

const file = (name: string): string => readFileSync(join(MIGRATIONS_DIR, name), 'utf8')
const BEFORE = [
  '0001_telemetry.sql',
  '0002_fingerprints.sql',
  '0004_groups.sql',
  '0005_event_tables.sql',
  '0007_answers.sql',
  '0008_questions.sql',
]
/** A database as it was before shapes, with so many rows of each signal. */
export async function makeFormerLayout(owner: pg.ClientBase, count: number): Promise<void> {
  for (const name of BEFORE) await owner.query(file(name))
  await owner.query(`
    INSERT INTO trace_spans (timestamp, trace_id, span_id, parent_span_id, start_time_unix_nano, end_time_unix_nano, duration_ms, service,
      environment, service_version, operation_name, kind, status, request_id, attributes, events, flags, resource_id, scope_id, fingerprint)
    SELECT '2026-11-20'::timestamptz + n * interval '1 second', md5((n / 7)::text), lpad(to_hex(n), 16, '0'), NULL,
      (extract(epoch FROM '2026-11-20'::timestamptz) * 1e9)::bigint + n * 1000000000::bigint + n % 1000,
      (extract(epoch FROM '2026-11-20'::timestamptz) * 1e9)::bigint + n * 1000000000::bigint + n % 1000 + n * 1001, n * 1001 / 1e6, 'shop-' || n % 5,
      'test', '1.' || n % 3, 'GET /' || n % 11, 'server', 'ok', 'req-' || n / 7, jsonb_build_object('user.id', 'u' || n % 50, 'n', n),
      CASE WHEN n % 100 = 0 THEN '[{"name":"exception"}]'::jsonb END, n % 2, n % 5, 1, nullif(n % 100, 0)
    FROM generate_series(1, ${count}) n;
    INSERT INTO application_logs (timestamp, time_unix_nano, observed_timestamp, service, environment, hostname, request_id, user_id, trace_id,
      span_id, level, severity_number, severity_text, message, context, body, resource_id, scope_id)
    SELECT '2026-11-20'::timestamptz + n * interval '1 second', (extract(epoch FROM '2026-11-20'::timestamptz) * 1e9)::bigint + n * 1000000000::bigint + 7,
      '2026-11-20'::timestamptz + (n + n % 2) * interval '1 second', 'shop', 'test', 'h', NULL, NULL, md5(n::text), NULL, 'info', 9, 'INFO',
      'message ' || n, jsonb_build_object('deal_id', 'd' || n), '{"a":1}', 1, 1
    FROM generate_series(1, ${count}) n;
    INSERT INTO metrics_samples (timestamp, start_timestamp, metric_name, metric_type, temporality, is_monotonic, service, environment, labels, value,
      value_int, count, sum, min, explicit_bounds, bucket_counts, exemplars, resource_id, scope_id)
    SELECT '2026-11-20'::timestamptz + n * interval '1 second', '2026-11-20', 'm' || n % 4, CASE n % 2 WHEN 0 THEN 'sum' ELSE 'histogram' END,
      'cumulative', CASE WHEN n % 2 = 0 THEN true END, 'shop', 'test', jsonb_build_object('l', n % 9), CASE WHEN n % 2 = 0 THEN n END,
      CASE WHEN n % 4 = 0 THEN n END, CASE WHEN n % 2 = 1 THEN 3 END, CASE WHEN n % 2 = 1 THEN 0.5 END, NULL,
      CASE WHEN n % 2 = 1 THEN ARRAY[0.5, 1] END, CASE WHEN n % 2 = 1 THEN ARRAY[n, 0, 0] END,
      CASE WHEN n % 10 = 0 THEN '[{"value":1}]'::jsonb END, 1, 1
    FROM generate_series(1, ${count}) n`)
}

/** Views, and what each computes for an id. */
export const FORMER_TABLES = { application_logs: 'log_id', trace_spans: 'span_id', metrics_samples: 'sample_id' }

/** Of each table what it holds, as one number, without the ids that are computed now. */
export async function contentsOf(owner: pg.ClientBase): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {}
  for (const [view, id] of Object.entries(FORMER_TABLES)) {
    const drop = view === 'trace_spans' ? `'{user_id,deal_id}'` : `'{${id},deal_id}'`
    const { rows } = await owner.query(
      `SELECT count(*)::int AS rows, sum(hashtextextended((to_jsonb(t) - ${drop}::text[])::text, 0)) AS content FROM ${view} t`,
    )
    all[view] = rows[0]
  }
  return all
}

/** Today's tables beside the old ones, as the migrations make them. */
export async function addTodaysLayout(owner: pg.ClientBase): Promise<void> {
  await inTransaction(owner, () => owner.query(`${file('0011_rows.sql')}; ${file('0013_insert_into_views.sql')}`))
}
