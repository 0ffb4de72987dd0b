import type { Read } from './reading.ts'

type Row = Readonly<Record<string, unknown>>

export interface Books {
  /** By receiver and signal: accepted = stored + deduplicated + dropped. */
  readonly accounts: readonly Row[]
  /** What was left out and why, the most first. */
  readonly reasons: readonly Row[]
  /** Records by the hour of the last day, by outcome. */
  readonly hours: readonly Row[]
  readonly jobs: readonly Row[]
  /** What waits: records not yet folded, findings and notifications not yet told. */
  readonly waiting: readonly Row[]
  /** Tables, the largest first. */
  readonly tables: readonly Row[]
  readonly deadLetters: readonly Row[]
  /** The last request of each receiver and signal. */
  readonly last: readonly Row[]
}

/** How Sensorium itself does: its books, its jobs, what waits, what it takes on the disk. */
export async function readBooks(read: Read): Promise<Books> {
  const accounts = await read('SELECT * FROM ingest_accounting ORDER BY receiver, signal', [])
  const reasons = await read(
    `SELECT receiver, signal, outcome, reason, sum(records)::float8 AS records FROM ingest_outcomes
     WHERE outcome IN ('dropped', 'rejected') GROUP BY 1, 2, 3, 4 ORDER BY records DESC LIMIT 50`,
    [],
  )
  const hours = await read(
    `SELECT bucket, signal, sum(records)::float8 AS records FROM ingest_outcomes
     WHERE outcome = 'stored' AND bucket > now() - interval '1 day' GROUP BY 1, 2 ORDER BY 1, 2`,
    [],
  )
  const jobs = await read(
    `SELECT job, every_ms, watermark, leader, runs, failures, duration_ms, succeeded_at, failed_at, left(failure, 500) AS failure, lag_s
     FROM job_lag ORDER BY lag_s DESC NULLS LAST, job`,
    [],
  )
  const waiting = await read(
    `SELECT 'sightings not yet folded into problems' AS what, count(*)::float8 AS records, NULL::timestamptz AS oldest FROM fingerprint_sightings
     UNION ALL SELECT 'counts not yet folded into minutes', count(*)::float8, min(minute) FROM red_partials
     UNION ALL SELECT 'findings not yet stored', count(*)::float8, NULL FROM finding_outbox
     UNION ALL SELECT 'reflexes not yet told', count(*)::float8, NULL FROM reflex_outbox
     UNION ALL SELECT 'messages not yet sent', count(*)::float8, min(created_at) FROM notifications WHERE state IN ('waiting', 'sending')`,
    [],
  )
  const tables = await read(
    `WITH RECURSIVE part AS (
       SELECT c.oid AS root, c.oid FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
         AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
       UNION ALL SELECT p.root, i.inhrelid FROM part p JOIN pg_inherits i ON i.inhparent = p.oid
     )
     SELECT r.relname AS table, count(*)::int - 1 AS parts, sum(pg_total_relation_size(part.oid))::float8 AS bytes,
       sum(greatest(c.reltuples, 0)) FILTER (WHERE c.relkind = 'r')::float8 AS rows
     FROM part JOIN pg_class r ON r.oid = part.root JOIN pg_class c ON c.oid = part.oid
     GROUP BY 1 ORDER BY bytes DESC LIMIT 40`,
    [],
  )
  const deadLetters = await read(
    `SELECT receiver, signal, reason, count(*)::float8 AS records, max(received_at) AS last, (array_agg(left(message, 300) ORDER BY received_at DESC))[1] AS message
     FROM dead_letters WHERE received_at > now() - interval '7 days' GROUP BY 1, 2, 3 ORDER BY records DESC LIMIT 50`,
    [],
  )
  const last = await read(
    'SELECT receiver, signal, max(received_at) AS received_at FROM ingest_ledger GROUP BY 1, 2 ORDER BY 1, 2',
    [],
  )
  return { accounts, reasons, hours, jobs, waiting, tables, deadLetters, last }
}
