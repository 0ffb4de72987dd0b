import type pg from 'pg'
import { inTransaction } from '../connect.ts'

/** Rows that one transaction takes: bounds its locks and what a crash makes it do again. */
const FOLD_BATCH_ROWS = 50_000
/** So long after its end, nearly all of a minute has come: it is written once. */
const SETTLED_S = 90
/** More rows than this are merged at once, though their minute is not over: readers go through all of them. */
const UNSETTLED_ROWS_MAX = 20_000

/**
 * Merges partial rows into red_minutes and deletes them, in one transaction: each is counted once, however often this is
 * interrupted. Whoever leads is the only one to do it. Returns how many rows were taken.
 */
export async function foldRed(client: pg.ClientBase, now: Date = new Date(), signal?: AbortSignal): Promise<number> {
  const settled = settledBefore(now)
  let folded = 0
  for (let taken = FOLD_BATCH_ROWS; taken === FOLD_BATCH_ROWS && signal?.aborted !== true; folded += taken) {
    taken = await foldBefore(client, settled)
  }
  if (await hasMoreThan(client, UNSETTLED_ROWS_MAX)) folded += await foldBefore(client, undefined)
  return folded
}

/** Minutes that began before this are over, and all but the late has come. */
export function settledBefore(now: Date): Date {
  return new Date(+now - (60 + SETTLED_S) * 1_000)
}

/** Merges what there is now, the minute at hand included. */
export async function foldAllRed(client: pg.ClientBase): Promise<number> {
  let folded = 0
  for (let taken = FOLD_BATCH_ROWS; taken === FOLD_BATCH_ROWS; folded += taken) {
    taken = await foldBefore(client, undefined)
  }
  return folded
}

async function foldBefore(client: pg.ClientBase, before: Date | undefined): Promise<number> {
  const taken = [before ?? 'infinity', FOLD_BATCH_ROWS]
  // A quiet store makes no temporary table every few seconds.
  if ((await client.query('SELECT FROM red_partials WHERE minute < $1 LIMIT 1', [taken[0]])).rowCount === 0) return 0
  return inTransaction(client, async () => {
    await client.query(TAKE, taken)
    await client.query(MERGE)
    await client.query(MARK_HOURS)
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM red_folding')
    await client.query('DROP TABLE red_folding')
    return rows[0]?.n ?? 0
  })
}

async function hasMoreThan(client: pg.ClientBase, rows: number): Promise<boolean> {
  return (await client.query('SELECT FROM red_partials OFFSET $1 LIMIT 1', [rows])).rowCount === 1
}

const TAKE = `
  CREATE TEMP TABLE red_folding ON COMMIT DROP AS
  WITH taken AS (
    DELETE FROM red_partials
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM red_partials WHERE minute < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING *
  )
  SELECT * FROM taken`

const MERGE = `
  INSERT INTO red_minutes AS m (minute, series_id, requests, errors, duration_ms, sketch, error_sketch, trace_id)
  SELECT minute, series_id, sum(requests), sum(errors), sum(duration_ms), sketch_sum(sketch),
    sketch_sum(error_sketch) FILTER (WHERE error_sketch IS NOT NULL),
    (array_agg(trace_id ORDER BY errors > 0 DESC, requests DESC))[1]
  FROM red_folding GROUP BY minute, series_id ORDER BY minute, series_id
  ON CONFLICT (minute, series_id) DO UPDATE SET
    requests = m.requests + excluded.requests,
    errors = m.errors + excluded.errors,
    duration_ms = m.duration_ms + excluded.duration_ms,
    sketch = sketch_compact(m.sketch || excluded.sketch),
    error_sketch = sketch_compact(m.error_sketch || excluded.error_sketch),
    trace_id = CASE WHEN m.errors = 0 AND excluded.errors > 0 THEN excluded.trace_id ELSE coalesce(m.trace_id, excluded.trace_id) END`

/** Their rollups lack what was merged. */
const MARK_HOURS = `
  INSERT INTO kpi_stale (period, period_start)
  SELECT DISTINCT 'hour', date_trunc('hour', minute, 'UTC') FROM red_folding ON CONFLICT DO NOTHING`
