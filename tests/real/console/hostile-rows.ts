import pg from 'pg'
import type { TestDatabase } from '../../postgres.ts'

export const ANOMALY_ID = '00000000-0000-4000-8000-0000000000aa'

/** Each page's rows that are not telemetry themselves, with `text` wherever a sender's words may come to stand. */
const ROWS: readonly string[] = [
  `INSERT INTO incidents (id, environment, state, severity, title, service, operation, dependency, began_at, opened_at, active_at, shared,
     changed_before, owner, timeline, because, revision, updated_at)
   VALUES ('hostile', $1, 'open', 'high', $1, $1, $1, $1, now(), now(), now(), jsonb_build_object('words', $1::text), jsonb_build_array($1::text), $1,
     jsonb_build_array(jsonb_build_object('at', 0, 'text', $1::text)), 'x', 1, now())`,
  `INSERT INTO incident_members SELECT 'hostile', 'x', 'problem', 'origin', $1, 'error', now(), NULL, $1, '{}'`,
  `INSERT INTO silences (kind, matchers, starts_at, ends_at, created_by, reason) VALUES ('silence', ARRAY[$1], now(), now() + interval '1 hour', $1, $1)`,
  `INSERT INTO anomalies (id, timestamp, service, metric_name, anomaly_type, severity, current_value, expected_value, deviation_percent, description, environment,
     series_kind, series_name, started_at, found_at, peak_at, chance, shared, changed_before, acknowledged_by, acknowledged_why, updated_at)
   VALUES ('${ANOMALY_ID}', now(), $1, $1, $1, 'high', 1, 1, 1, $1, $1, 'operation', $1, now(), now(), now(), 0, jsonb_build_object('words', $1::text),
     jsonb_build_array($1::text), $1, $1, now())`,
  `INSERT INTO reports (id, trigger_kind, trigger_id, series, title, severity, environment, service, triggered_at, window_from, window_to, notes, timeline, text,
     weights_version, took_ms, created_at, updated_at)
   VALUES ('hostile', 'incident', 'hostile', $1, $1, 'high', $1, $1, now(), now() - interval '5 minutes', now(), jsonb_build_array($1::text),
     jsonb_build_array(jsonb_build_object('at', 0, 'text', $1::text)), $1, 1, 1, now(), now())`,
  `INSERT INTO hypotheses (report_id, place, kind, name, dependency, instance, operation, function, file, exception, release, commit, since, confidence, because,
     against, confirm, path, shared, points)
   VALUES ('hostile', 1, 'code_change', $1, $1, $1, $1, $1, $1, $1, $1, $1, now(), 0.5, jsonb_build_array($1::text), jsonb_build_array($1::text), $1,
     jsonb_build_array(jsonb_build_object('text', $1::text, 'table', 'trace_spans', 'id', $1::text)), '[]', '[]')`,
  `INSERT INTO report_feedback (report_id, said_by, verdict, cause) VALUES ('hostile', $1, 'wrong', $1)`,
  `INSERT INTO node_known_issues (name, pattern, match_kind, description, fix_type, fix_version, fix_commit, status, reopened_version)
   VALUES ($1, '00000000000000aa', 'fingerprint', $1, 'update', $1, $1, 'reopened', $1)`,
  `INSERT INTO slo_status VALUES ($1, $1, $1, 0.99, 30, 1000, 7, 0.3, 'fast', now())`,
  `INSERT INTO slo_burns VALUES ('b', $1, $1, $1, 'fast', 'critical', now() - interval '2 days', now() - interval '1 day', false, 20, 0.4, $1, 1, now())`,
  `INSERT INTO node_registry (node_id, name, user_id, key_hash) VALUES ('hostile', $1, $1, 'x')`,
  `INSERT INTO node_telemetry (node_id, type, payload, severity, created_at, message, service, environment, node_version, attributes, resource_id, scope_id)
   VALUES ('hostile', 'crash_report', jsonb_build_object('x', $1::text), 'critical', now() - interval '1 second', $1, 'node', $1, $1, '{}', 1, 1)`,
  `INSERT INTO test_runs (timestamp, run_id, repository, branch, commit_sha, source, attempt, total_tests, passed_tests, failed_tests, skipped_tests,
     duration_ms, environment, attributes, resource_id, scope_id)
   VALUES (now() - interval '2 minutes', 'hostile', $1, $1, $1, 'ci', 1, 9, 8, 1, 0, 1000, $1, '{}', 1, 1)`,
  `INSERT INTO test_failures (timestamp, run_id, repository, commit_sha, test_name, test_file, outcome, attempt, error_message, error_stack, environment, attributes,
     resource_id, scope_id)
   VALUES (now() - interval '1 minute', 'hostile', $1, $1, $1, $1, 'failed', 1, $1, $1, $1, '{}', 1, 1)`,
  `INSERT INTO build_events (timestamp, event_id, repository, branch, commit_sha, event_type, status, environment, service_version, error_message, attributes,
     resource_id, scope_id)
   VALUES (now() - interval '3 minutes', 'hostile', $1, $1, $1, 'deploy_complete', 'success', $1, $1, $1, '{}', 1, 1)`,
  `INSERT INTO dead_letters (receiver, signal, batch_id, reason, message, content_type, payload) VALUES ($1, 'logs', 'x', $1, $1, 'x', 'x')`,
  `INSERT INTO console_actions (person, role, action, about, detail) VALUES ($1, 'admin', $1, $1, jsonb_build_object('x', $1::text))`,
]

export async function fillHostile({ url }: TestDatabase, text: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    for (const sql of ROWS) await client.query(sql, [text])
  } finally {
    await client.end()
  }
}
