import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'

/** "sens", "main": whoever holds this advisory lock changes the form of tables and drops what has expired. */
const LEADER_LOCK = [0x73656e73, 0x6d61696e]

/** Of the session, and gone with it. */
export async function tryToLead(owner: pg.ClientBase): Promise<boolean> {
  const { rows } = await owner.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS leads', LEADER_LOCK)
  return rows[0]?.leads === true
}

export async function stopLeading(owner: pg.ClientBase): Promise<void> {
  await owner.query('SELECT pg_advisory_unlock($1, $2)', LEADER_LOCK)
}

const WAIT_MS = 10 * 60_000
const POLL_MS = 200

/** @throws SensoriumError USAGE when whoever leads does not come to an end. */
export async function waitToLead(owner: pg.ClientBase): Promise<void> {
  for (const end = Date.now() + WAIT_MS; !(await tryToLead(owner)); await delay(POLL_MS)) {
    if (Date.now() > end) {
      throw new SensoriumError('USAGE', 'the database is being maintained for a long time; try again later')
    }
  }
}
