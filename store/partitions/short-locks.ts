import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { inTransaction, sqlState } from '../connect.ts'

/**
 * Who waits for an exclusive lock holds up everybody who comes later, so nobody waits long: it is given up and tried
 * again, after a pause in which the others go on.
 */
const LOCK_TIMEOUT_MS = 250
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000
/** lock_not_available, deadlock_detected. */
const BUSY = ['55P03', '40P01']

export interface Patience {
  /** After this long the last refusal is thrown. Without it, never: only `signal` ends it. */
  readonly limitMs?: number
  readonly signal?: AbortSignal
}

/** Runs `work` in a transaction that waits for no lock for long, again and again until it gets them all. */
export async function withShortLocks<T>(
  owner: pg.ClientBase,
  work: () => Promise<T>,
  { limitMs = Infinity, signal }: Patience = {},
): Promise<T> {
  const end = Date.now() + limitMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await inTransaction(owner, async () => {
        await owner.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
        return await work()
      })
    } catch (error) {
      const isLast = Date.now() + pauseMs > end || signal?.aborted === true
      if (!BUSY.includes(sqlState(error) ?? '') || isLast) throw error
    }
    await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal })
  }
}
