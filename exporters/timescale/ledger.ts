import pg from 'pg'
import { withoutNul } from './copy-buffer.ts'
import type { EncodedBatch } from './encode.ts'

/** What the ledger knew of a batch. */
export interface LedgerEntry {
  /** Not stored before: its rows are to be copied in this transaction. */
  readonly isFresh: boolean
  /** Of a batch that was stored before: how many of its records the database refused then. */
  readonly refused: number
}

/**
 * Begins a transaction and books the batches, each by its id: who stores an id first holds its row until the end of
 * the transaction, and everyone else waits for it and then finds it. That is what makes storage exactly-once, across
 * connections and replicas. Both statements travel as one message: a round trip waits for the event loop.
 */
export async function beginAndBook(
  client: pg.ClientBase,
  group: readonly EncodedBatch[],
): Promise<ReadonlyMap<string, LedgerEntry>> {
  // pg resolves several statements to an array of results, which its types do not know.
  const results = (await client.query(`${beginAndBookFresh(group)} ${BOOK_END}`)) as unknown
  const { rows } = (
    results as [pg.QueryResult, pg.QueryResult<{ batch_id: string; resends: number; refused: number }>]
  )[1]
  return new Map(rows.map(row => [row.batch_id, { isFresh: row.resends === 0, refused: row.refused }]))
}

/**
 * Begins a transaction and books batches that nobody is known to have sent before. Where the ledger has one of them, the
 * database refuses the statement, and `isKnownToLedger` tells that from other refusals.
 */
export function beginAndBookFresh(group: readonly EncodedBatch[]): string {
  // Sorted, so that two groups with ids in common take their rows in the same order and cannot deadlock.
  const sorted = group.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return `BEGIN; ${BOOK_START} ${sorted.map(ledgerValues).join(', ')}`
}

export function isKnownToLedger(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.constraint === 'ingest_ledger_pkey'
}

const BOOK_START =
  'INSERT INTO ingest_ledger AS l (batch_id, receiver, signal, received, stored, dropped, rejected, unvouched) VALUES'

/** A later copy counts what the first one had accepted, stored or dropped, as deduplicated. */
const BOOK_END = `
  ON CONFLICT (batch_id) DO UPDATE SET
    resends = l.resends + 1,
    deduplicated = l.deduplicated + l.received
      - (SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(l.rejected))
  RETURNING batch_id, resends, coalesce((rejected->>'refused')::int, 0) AS refused`

function ledgerValues(batch: EncodedBatch): string {
  const texts = [batch.id, batch.receiver, batch.signal].map(text => pg.escapeLiteral(withoutNul(text)))
  const maps = [batch.dropped, batch.rejected].map(map =>
    pg.escapeLiteral(withoutNul(JSON.stringify(Object.fromEntries(map)))),
  )
  return `(${[...texts, batch.received, batch.rows, ...maps, sumOf(batch.unvouched)].join(', ')})`
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

/** Corrects the books of a batch that this transaction booked: the database refused `refused` of its rows. */
export async function bookRefused(client: pg.ClientBase, batch: EncodedBatch, refused: number): Promise<void> {
  await client.query(
    `UPDATE ingest_ledger SET stored = stored - $2, rejected = rejected || jsonb_build_object('refused', $3::int)
     WHERE batch_id = $1`,
    [withoutNul(batch.id), refused, batch.refused + refused],
  )
}
