import type pg from 'pg'

/** How far a receiver has come with a source; undefined where it has not begun. */
export async function readPosition(
  client: pg.ClientBase,
  receiver: string,
  source: string,
): Promise<bigint | undefined> {
  const { rows } = await client.query<{ position: string }>(
    'SELECT position FROM receiver_positions WHERE receiver = $1 AND source = $2',
    [receiver, source],
  )
  return rows[0] === undefined ? undefined : BigInt(rows[0].position)
}

/** Positions only go forward: of two processes on one source, the later position stands. */
export async function writePosition(
  client: pg.ClientBase,
  receiver: string,
  source: string,
  position: bigint,
): Promise<void> {
  await client.query(
    `INSERT INTO receiver_positions AS p (receiver, source, position) VALUES ($1, $2, $3)
     ON CONFLICT (receiver, source) DO UPDATE SET position = greatest(p.position, excluded.position), updated_at = now()`,
    [receiver, source, String(position)],
  )
}
