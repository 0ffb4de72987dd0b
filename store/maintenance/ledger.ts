import type pg from 'pg'

const MOVE_BATCH_ROWS = 10_000

/**
 * Moves the ledger's rows from before `before` into ingest_totals and returns how many. Each statement takes rows out
 * of the one table and adds them to the other at once, so the sums in ingest_accounting are the same at every moment.
 * A row that a resend is being booked on is left for the next time.
 */
export async function moveLedger(owner: pg.ClientBase, before: Date, signal?: AbortSignal): Promise<number> {
  for (let total = 0; ; ) {
    const { rows } = await owner.query<{ moved: number }>(MOVE, [before, MOVE_BATCH_ROWS])
    const moved = rows[0]?.moved ?? 0
    total += moved
    if (moved === 0 || signal?.aborted) return total
  }
}

const MOVE = `
  WITH expired AS (
    DELETE FROM ingest_ledger WHERE batch_id IN (
      SELECT batch_id FROM ingest_ledger WHERE received_at < $1 ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) RETURNING *
  ), added AS (
    INSERT INTO ingest_totals AS total (bucket, receiver, signal, outcome, reason, records)
    SELECT date_bin('1 hour', received_at, 'epoch'), receiver, signal, o.outcome, o.reason, sum(o.records)
    FROM expired e CROSS JOIN LATERAL (
      SELECT 'received' AS outcome, '' AS reason, e.received::bigint * (1 + e.resends) AS records
      UNION ALL SELECT 'stored', '', e.stored::bigint
      UNION ALL SELECT 'unvouched', '', e.unvouched::bigint
      UNION ALL SELECT 'deduplicated', '', e.deduplicated
      UNION ALL SELECT 'dropped', key, value::bigint FROM jsonb_each_text(e.dropped)
      UNION ALL SELECT 'rejected', key, value::bigint * (1 + e.resends) FROM jsonb_each_text(e.rejected)
    ) o
    WHERE o.records > 0
    GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (bucket, receiver, signal, outcome, reason) DO UPDATE SET records = total.records + excluded.records
  )
  SELECT count(*)::int AS moved FROM expired`
