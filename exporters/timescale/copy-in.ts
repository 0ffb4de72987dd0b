import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { DIVERTED_SETTING } from '../../store/partitions/convert-heap.ts'
import type { Slice } from './arena.ts'
import { COPY_HEADER, COPY_TRAILER, type CopyTable, copyStatement } from './table.ts'

/**
 * Bytes of one CopyData message. The server reads a message whole before it parses, so one that is too large keeps it
 * waiting; each message costs us two writes. See docs/decisions/copy-lanes.md for the figures.
 */
const CHUNK_BYTES = 256 * 1024

/** Stores the rows of all slices in the table, in the transaction that `client` is in. */
export async function copyIn(client: pg.ClientBase, table: CopyTable, slices: readonly Slice[]): Promise<void> {
  if (table.isBehindRowSecurity !== true) return copyInto(client, table, slices)
  // COPY refuses a table with row-level security; INSERT does not.
  const landing = { ...table, name: `landing_${table.name}` }
  const columns = table.columns.map(([name]) => name).join(', ')
  await client.query(`CREATE TEMP TABLE IF NOT EXISTS ${landing.name} ON COMMIT DELETE ROWS AS
    SELECT ${columns} FROM ${table.name} WITH NO DATA`)
  await copyInto(client, landing, slices)
  // Emptied at once: a batch may be copied in parts within one transaction.
  await client.query(`WITH landed AS (DELETE FROM ${landing.name} RETURNING ${columns})
    INSERT INTO ${table.name} (${columns}) SELECT ${columns} FROM landed`)
}

async function copyInto(client: pg.ClientBase, table: CopyTable, slices: readonly Slice[]): Promise<void> {
  const rows = slices.reduce((sum, slice) => sum + slice.rows, 0)
  const chunks = chunksOf(slices)
  const stream = client.query(copyFrom(copyStatement(table)))
  await new Promise<void>((resolve, reject) => {
    let failed = false
    stream.once('finish', resolve)
    stream.on('error', error => {
      failed = true
      reject(error)
    })
    // One chunk at a time: once the server has answered with an error, the stream has no connection to write to.
    const next = () => {
      if (failed) return
      const chunk = chunks.shift()
      if (chunk === undefined) stream.end()
      else stream.write(chunk, next)
    }
    next()
  })
  const taken = (stream.rowCount ?? 0) + (stream.rowCount === rows ? 0 : await takeDiverted(client))
  if (taken !== rows) throw new Error(`${table.name} took ${taken} of ${rows} rows`)
}

/** Rows of this COPY that a table which is being partitioned led elsewhere (store/partitions/convert-heap.ts). */
async function takeDiverted(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: number; reset: string }>(
    `WITH diverted AS MATERIALIZED (SELECT coalesce(nullif(current_setting($1, true), ''), '0')::int AS count)
     SELECT count, set_config($1, '0', true) AS reset FROM diverted`,
    [DIVERTED_SETTING],
  )
  return rows[0]?.count ?? 0
}

/** COPY's header, the slices and the trailer. Slices that lie next to each other go out as one. */
function chunksOf(slices: readonly Slice[]): Buffer[] {
  const pieces = [COPY_HEADER, ...joined(slices), COPY_TRAILER]
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  // A small group is one message: header and trailer would cost as much as its rows.
  if (size <= CHUNK_BYTES) return [Buffer.concat(pieces, size)]
  return pieces.flatMap(piece => {
    const chunks: Buffer[] = []
    for (let at = 0; at < piece.length; at += CHUNK_BYTES) chunks.push(piece.subarray(at, at + CHUNK_BYTES))
    return chunks
  })
}

function joined(slices: readonly Slice[]): Buffer[] {
  const runs: { arena: Slice['arena']; start: number; end: number }[] = []
  for (const { arena, start, end } of slices) {
    const last = runs.at(-1)
    if (last !== undefined && last.arena === arena && last.end === start) last.end = end
    else if (end > start) runs.push({ arena, start, end })
  }
  return runs.map(({ arena, start, end }) => arena.bytes.subarray(start, end))
}
