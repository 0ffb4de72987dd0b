import type pg from 'pg'

/** Minutes that are looked at again: what is older when it comes is history, not news. */
export const LATE_MAX_MS = 2 * 3_600_000
/** A minute is judged anew where so much of it came after it was judged. */
const LATE_SHARE = 0.2
const LATE_REQUESTS_MIN = 20
const LOOK_EVERY_MS = 15_000
/** A backlog that still comes in is waited for, but not longer than this. */
const WAIT_MAX_MS = 120_000

export interface Stored {
  readonly minutes: readonly Date[]
  readonly requests: readonly number[]
}

/** How much is stored of each minute that is about to be judged; to be asked before they are read. */
export async function readStored(client: pg.ClientBase, from: number, until: number): Promise<Stored> {
  const { rows } = await client.query<{ minute: Date; requests: number }>(
    `SELECT minute, sum(requests)::float8 AS requests FROM request_minutes WHERE minute >= $1 AND minute < $2 GROUP BY 1`,
    [new Date(from), new Date(until)],
  )
  return { minutes: rows.map(({ minute }) => minute), requests: rows.map(({ requests }) => requests) }
}

/** Who judges minutes, by the name of its watermark. */
export type Judge = 'anomalies' | 'slos'

/** In the transaction of their verdicts. */
export async function noteJudged(
  client: pg.ClientBase,
  judge: Judge,
  { minutes, requests }: Stored,
  until: number,
): Promise<void> {
  await client.query(
    `INSERT INTO judged_minutes (job, minute, requests) SELECT $3, * FROM unnest($1::timestamptz[], $2::bigint[])
     ON CONFLICT (job, minute) DO UPDATE SET requests = excluded.requests`,
    [minutes, requests, judge],
  )
  await client.query('DELETE FROM judged_minutes WHERE job = $2 AND minute < $1', [
    new Date(until - 2 * LATE_MAX_MS),
    judge,
  ])
}

export interface LateMinutes {
  /**
   * The earliest minute before `until` of which so much came late that its verdict means nothing; `coming` while there is
   * more and more of it.
   */
  earliest(client: pg.ClientBase, until: number, now: number): Promise<number | 'coming' | 'none'>
}

/**
 * A sender or a Collector that was cut off brings its minutes at once, later; so does whoever loads an afternoon into an
 * empty store. These were judged as if nobody had asked anything, and are judged again once they are there.
 */
export function createLateMinutes(judge: Judge): LateMinutes {
  let lookedAt = Number.NEGATIVE_INFINITY
  let waitingSince: number | undefined
  let before = 0
  return {
    async earliest(client, until, now) {
      if (now - lookedAt < LOOK_EVERY_MS) return waitingSince === undefined ? 'none' : 'coming'
      lookedAt = now
      const { rows } = await client.query<{ first: Date | null; requests: number }>(
        `SELECT min(minute) AS first, coalesce(sum(requests), 0)::float8 AS requests FROM (
           SELECT r.minute, sum(r.requests) AS requests, max(j.requests) AS judged
           FROM request_minutes r LEFT JOIN judged_minutes j ON j.job = $3 AND j.minute = r.minute
           WHERE r.minute >= $1 AND r.minute < $2 GROUP BY 1
         ) m WHERE requests - coalesce(judged, 0) > greatest(${LATE_REQUESTS_MIN}, ${LATE_SHARE} * requests)`,
        [new Date(until - LATE_MAX_MS), new Date(until), judge],
      )
      const { first, requests } = rows[0]!
      if (first === null) {
        waitingSince = undefined
        before = 0
        return 'none'
      }
      const isGrowing = requests > before
      before = requests
      waitingSince ??= now
      if (isGrowing && now - waitingSince < WAIT_MAX_MS) return 'coming'
      waitingSince = undefined
      before = 0
      return +first
    },
  }
}
