import type { Context as HonoContext } from 'hono'
import { streamSSE } from 'hono/streaming'
import type pg from 'pg'
import type { Context } from '../../pipeline/component.ts'
import { connect } from '../../store/connect.ts'
import { withinDeadline } from '../../store/deadline.ts'
import { SLOW_MS } from '../../store/warm-connections.ts'

/** How often it is looked whether something has changed, while anybody listens. */
const LOOK_EVERY_MS = 1_000
const LOOK_DEADLINE_MS = 3_000
/** Records that come by the thousand a second are one change each so many looks: pages ask anew for each. */
const RECORDS_EVERY = 5

/** A stamp for each topic: another one tells that a page which shows it is to ask again. */
type Stamps = Readonly<Record<string, string>>

/**
 * Stamps are of what people and the reflexes change, and of what has come in. Records of the ledger are looked at by its
 * index: an hour of them.
 */
const STAMPS = `SELECT
  (SELECT concat_ws(' ', count(*), max(updated_at), max(acknowledged_at)) FROM incidents WHERE updated_at > now() - interval '7 days') AS incidents,
  (SELECT concat_ws(' ', count(*), max(updated_at)) FROM anomalies WHERE updated_at > now() - interval '1 day') AS anomalies,
  (SELECT concat_ws(' ', count(*), max(first_seen), max(resolved_at), count(*) FILTER (WHERE status = 'regressed')) FROM fingerprints) AS problems,
  (SELECT concat_ws(' ', count(*), max(rule_id)) FROM group_rules) AS groups,
  (SELECT concat_ws(' ', count(*), max(silence_id), max(ends_at)) FROM silences) AS silences`
const RECORDS = `SELECT coalesce(max(received_at)::text, '') AS records FROM ingest_ledger WHERE received_at > now() - interval '1 hour'`

/** A session that somebody else has ended is over for its open pages, too. */
const SIGNED_IN_EVERY_MS = 5_000
/** What a timer can count. */
const MAX_TIMER_MS = 2 ** 31 - 1

interface Listener {
  tell(event: 'changes' | 'trouble', data: object): void
  end(): void
}

export interface Live {
  /** Ends when whoever listens is to be asked again who they are: at `expiresAt`, or once `isIn` says no. */
  answer(c: HonoContext, expiresAt: Date | undefined, isIn: () => Promise<boolean>): Response
  /** Ends every stream: nobody may hold up the end of the process. */
  close(): void
}

/** One look at the database tells all open pages what has changed. Nobody listens: nothing is asked. */
export function createLive(context: Context, streamsMax: number): Live {
  const listeners = new Set<Listener>()
  let stamps: Stamps = {}
  let words: string | undefined
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let looks = 0
  let isClosed = false

  function leave(): void {
    void client?.end().catch(() => {})
    client = undefined
  }
  function tellAll(): void {
    for (const listener of listeners) tellOne(listener)
  }
  function tellOne(listener: Listener): void {
    if (words === undefined) listener.tell('changes', stamps)
    else listener.tell('trouble', { words })
  }
  async function read<T>(sql: string): Promise<T> {
    const { rows } = await withinDeadline(client!, client!.query(sql), LOOK_DEADLINE_MS)
    return rows[0] as T // one row, of the columns that the statement names
  }
  async function look(): Promise<void> {
    try {
      client ??= await connect(context.database.connection('reader'))
      const startedAt = performance.now()
      const latest = await read<Stamps>(STAMPS)
      const records = looks++ % RECORDS_EVERY === 0 ? await read<Stamps>(RECORDS) : {}
      stamps = { ...stamps, ...latest, ...records }
      words = undefined
      // Whoever computed for a second stands behind all others from then on: the next look has a session of its own.
      if (performance.now() - startedAt > SLOW_MS) leave()
    } catch (error) {
      context.logger.debug({ err: error }, 'what has changed could not be read')
      leave()
      words = 'The database does not answer, or is slow. This page goes on by itself.'
    }
  }
  async function lookOn(): Promise<void> {
    await look()
    tellAll()
    if (listeners.size === 0 || isClosed) return rest()
    timer = setTimeout(() => void lookOn(), LOOK_EVERY_MS)
  }
  function rest(): void {
    clearTimeout(timer)
    timer = undefined
    leave()
    looks = 0
    isLooking = false
  }
  let isLooking = false

  return {
    answer(c, expiresAt, isIn) {
      if (isClosed || listeners.size >= streamsMax) {
        c.header('retry-after', '5')
        return c.json({ error: 'too many pages are open; close some' }, 503)
      }
      return streamSSE(c, async stream => {
        const ended = Promise.withResolvers<void>()
        const listener: Listener = {
          tell: (event, data) => void stream.writeSSE({ event, data: JSON.stringify(data) }).catch(ended.resolve),
          end: ended.resolve,
        }
        stream.onAbort(ended.resolve)
        listeners.add(listener)
        if (isLooking) tellOne(listener)
        else {
          isLooking = true
          void lookOn()
        }
        const expiry = expiresAt && setTimeout(ended.resolve, Math.min(MAX_TIMER_MS, +expiresAt - Date.now()))
        const asking = setInterval(() => {
          isIn().then(
            isStill => isStill || ended.resolve(),
            // A database that does not answer signs nobody out.
            () => {},
          )
        }, SIGNED_IN_EVERY_MS)
        await ended.promise
        clearTimeout(expiry)
        clearInterval(asking)
        listeners.delete(listener)
      })
    },
    close() {
      isClosed = true
      for (const listener of listeners) listener.end()
      rest()
    },
  }
}
