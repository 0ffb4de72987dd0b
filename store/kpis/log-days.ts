import type pg from 'pg'
import { inTransaction } from '../connect.ts'
import type { Job } from '../jobs/index.ts'
import { advance } from '../jobs/state.ts'
import { startOf } from './roll.ts'

const NAME = 'log_days'
const EVERY_MS = 5 * 60_000
const DAY_MS = 86_400_000
/** As for other days: what comes around midnight is there by then. */
const DUE_AFTER_MS = 15 * 60_000
/** Days that are looked at in each turn for what came late; older ones once a day. */
const RECENT_DAYS = 3

/** @param keptDays days that all records are kept for: after that a day cannot be added up again */
export function logDaysJob(keptDays: number): Job {
  let lookedAtAll = 0
  return {
    name: NAME,
    everyMs: EVERY_MS,
    isLong: true,
    async run({ client, now, signal }) {
      const today = +startOf('day', now)
      await addUpLogDays(client, { now, days: lookedAtAll === today ? RECENT_DAYS : keptDays - 1, signal })
      lookedAtAll = today
    },
  }
}

/** Adds up the days before today that have not been, or that something has come to since. */
export async function addUpLogDays(
  client: pg.ClientBase,
  { now, days, signal }: { readonly now: Date; readonly days: number; readonly signal?: AbortSignal },
): Promise<number> {
  const until = startOf('day', new Date(+now - DUE_AFTER_MS))
  let added = 0
  for (let day = new Date(+until - days * DAY_MS); +day < +until; day = new Date(+day + DAY_MS)) {
    if (signal?.aborted) return added
    const end = new Date(+day + DAY_MS)
    const { rows } = await client.query<{ blocks: string; records: string }>(CHANGED, [day, end])
    const [changed] = rows
    if (changed === undefined) continue
    await inTransaction(client, async () => {
      await client.query('DELETE FROM service_log_days WHERE day = $1', [day])
      await client.query('INSERT INTO service_log_days SELECT $1, l.* FROM service_logs_of($1, $2) l', [day, end])
      await client.query(
        `INSERT INTO log_days (day, blocks, records) VALUES ($1, $2, $3)
         ON CONFLICT (day) DO UPDATE SET blocks = excluded.blocks, records = excluded.records`,
        [day, changed.blocks, changed.records],
      )
    })
    added += 1
  }
  await advance(client, NAME, until)
  return added
}

/** Blocks are written with their records: more of them than were added up says that there are more records. */
const CHANGED = `
  SELECT b.blocks, b.records FROM (
    SELECT count(*) AS blocks, coalesce(sum(records), 0) AS records FROM log_blocks
    WHERE timestamp >= $1 AND timestamp < $2::timestamptz + interval '5 minutes' AND first < $2
  ) b LEFT JOIN log_days d ON d.day = $1
  WHERE b.blocks > 0 AND (d.day IS NULL OR d.blocks <> b.blocks OR d.records <> b.records)`
