import type pg from 'pg'
import { LATE_MAX_MS } from '../reflexes/late-minutes.ts'

const MINUTE_MS = 60_000
/** Rounds are seconds apart: past this, nobody looked. */
const GAP_MS = MINUTE_MS
/** Queues that filled in the gap are emptied within this time. */
const COMING_MS = 15 * MINUTE_MS

/**
 * The moment from which on a round looks: the mark, or the beginning of a time in which nobody looked, as long as its
 * records may still come. What is older than two hours is history, not news.
 */
export async function lookBackTo(client: pg.ClientBase, mark: number, now: number): Promise<number> {
  const earliest = now - LATE_MAX_MS
  if (now - mark > GAP_MS) {
    await client.query('DELETE FROM report_gaps WHERE ended_at < $1', [new Date(earliest)])
    await client.query(
      `INSERT INTO report_gaps VALUES ($1, $2) ON CONFLICT (began_at) DO UPDATE SET ended_at = excluded.ended_at`,
      [new Date(mark), new Date(now)],
    )
  }
  const { rows } = await client.query<{ first: Date | null }>(
    'SELECT min(began_at) AS first FROM report_gaps WHERE ended_at > $1',
    [new Date(now - COMING_MS)],
  )
  return Math.max(earliest, Math.min(mark, rows[0]?.first?.getTime() ?? mark))
}
