import type pg from 'pg'
import { DIVERTED_SETTING } from '../../store/partitions/convert-heap.ts'
import type { Slice } from './arena.ts'
import { COPY_HEADER, COPY_TRAILER, type CopyTable, copyStatement } from './table.ts'

/** Rows of one table. */
export interface CopyRows {
  readonly table: CopyTable
  readonly slices: readonly Slice[]
}

/**
 * Bytes of one CopyData message. The server reads a message whole before it parses, so one that is too large keeps it
 * waiting; each message costs us two writes. See docs/decisions/copy-lanes.md for the figures.
 */
const CHUNK_BYTES = 256 * 1024

/**
 * Stores rows of several tables in the transaction that `client` is in, or that `before` begins.
 *
 * All of it goes out at once, the rows of the second COPY behind those of the first: the server finds what it needs in
 * its socket and never waits for an answer of ours, which would have to wait for our event loop. After an error it
 * passes over what is left, as the protocol has it (documentation of PostgreSQL, "COPY Operations").
 *
 * @param before statements without results that are executed first
 */
export async function copyIn(client: pg.ClientBase, copies: readonly CopyRows[], before = ''): Promise<void> {
  const statements = [before, ...copies.map(({ table }) => statementsOf(table))].filter(text => text !== '')
  const taken = await send(
    client,
    statements.join('; '),
    copies.map(({ slices }) => chunksOf(slices)),
  )
  const rows = copies.map(({ slices }) => slices.reduce((sum, slice) => sum + slice.rows, 0))
  const missing = rows.reduce((sum, count, i) => sum + count - (taken[i] ?? 0), 0)
  if (missing === 0) return
  if (missing === (await takeDiverted(client))) return
  const names = copies.map(({ table }, i) => `${table.name} took ${taken[i]} of ${rows[i]} rows`)
  throw new Error(names.join(', '))
}

function statementsOf(table: CopyTable): string {
  if (table.isBehindRowSecurity !== true) return copyStatement(table)
  // COPY refuses a table with row-level security; INSERT does not.
  const landing = `landing_${table.name}`
  const columns = table.columns.map(([name]) => name).join(', ')
  return `CREATE TEMP TABLE IF NOT EXISTS ${landing} ON COMMIT DELETE ROWS AS SELECT ${columns} FROM ${table.name} WITH NO DATA;
    ${copyStatement({ ...table, name: landing })};
    WITH landed AS (DELETE FROM ${landing} RETURNING ${columns})
    INSERT INTO ${table.name} (${columns}) SELECT ${columns} FROM landed`
}

/** What pg calls on a query that sends itself; its types know the first alone. */
interface SelfSent extends pg.Submittable {
  /** pg puts its timer for the answer here. */
  callback(): void
  handleCopyInResponse(): void
  handleCommandComplete(message: { readonly text: string }): void
  handleError(error: Error): void
  handleReadyForQuery(): void
}

const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4])
const COPY_DATA = 0x64

/** Resolves to the rows that each COPY took. */
function send(client: pg.ClientBase, text: string, copies: readonly (readonly Buffer[])[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const taken: number[] = []
    const query: SelfSent = {
      submit(connection) {
        const { stream } = connection
        stream.cork()
        connection.query(text)
        for (const chunks of copies) {
          for (const chunk of chunks) {
            stream.write(copyDataHead(chunk.length))
            stream.write(chunk)
          }
          stream.write(COPY_DONE)
        }
        stream.uncork()
      },
      callback() {},
      handleCopyInResponse() {},
      handleCommandComplete(message) {
        const copied = /^COPY (\d+)$/.exec(message.text)
        if (copied !== null) taken.push(Number(copied[1]))
      },
      handleError(error) {
        query.callback()
        reject(error)
      },
      handleReadyForQuery() {
        query.callback()
        resolve(taken)
      },
    }
    client.query(query)
  })
}

function copyDataHead(length: number): Buffer {
  const head = Buffer.allocUnsafe(5)
  head[0] = COPY_DATA
  head.writeUInt32BE(length + 4, 1)
  return head
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
