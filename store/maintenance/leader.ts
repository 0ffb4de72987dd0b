import type pg from 'pg'

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
