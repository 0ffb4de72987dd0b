import type pg from 'pg'
import type { Slice } from './arena.ts'
import { BLOCK_TABLES } from './blocks/rows.ts'
import { copyIn } from './copy-in.ts'
import type { EncodedBatch, Encoder } from './encode.ts'
import { beginAndBook } from './ledger.ts'
import { DEAD_LETTER_TABLE } from './rows/dead-letters.ts'
import { SIGHTING_TABLE } from './rows/sightings.ts'
import type { CopyTable } from './table.ts'

/** What became of a batch that is committed. */
export interface Verdict {
  readonly outcome: 'stored' | 'deduplicated'
  /** Records of it that are in dead_letters because this exporter or the database refused them. */
  readonly refused: number
  /** Table → those of them that the database refused. */
  readonly refusedByDatabase?: ReadonlyMap<string, number>
}

/**
 * Stores the batches in one transaction: ledger first, then one COPY for each table, of those only that the ledger did
 * not know. Resolves after the commit, to verdicts in the order of `group`.
 *
 * When it rejects, the transaction may be open still, or, if the connection broke during COMMIT, may even be
 * committed. The batch is then reported as not stored all the same: the sender sends it again, and the ledger tells
 * that copy from a new one. To ask the ledger ourselves would need the very server that has just gone.
 */
export async function commitGroup(
  client: pg.ClientBase,
  encoder: Encoder,
  group: readonly EncodedBatch[],
): Promise<readonly Verdict[]> {
  const ledger = await beginAndBook(client, group)
  const fresh = group.filter(batch => ledger.get(batch.id)?.isFresh)
  for (const [table, slices] of slicesByTable(fresh)) await copyIn(client, table, slices)
  await copyBlocks(client, encoder, fresh)
  await commit(client)
  return group.map(batch => {
    const entry = ledger.get(batch.id)
    return entry === undefined || entry.isFresh
      ? { outcome: 'stored', refused: batch.refused }
      : { outcome: 'deduplicated', refused: entry.refused }
  })
}

/** What the batches' records are found by, for each signal together. */
export async function copyBlocks(
  client: pg.ClientBase,
  encoder: Encoder,
  batches: readonly EncodedBatch[],
): Promise<void> {
  for (const [signal, same] of Map.groupBy(batches, batch => batch.signal)) {
    const table = BLOCK_TABLES[signal]
    if (table === undefined) continue
    const slice = encoder.blocks(same)
    try {
      if (slice.rows > 0) await copyIn(client, table, [slice])
    } finally {
      encoder.releaseSlice(slice)
    }
  }
}

/** Postgres answers COMMIT of a failed transaction with a rollback and without an error. */
export async function commit(client: pg.ClientBase): Promise<void> {
  const { command } = await client.query('COMMIT')
  if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`)
}

function slicesByTable(batches: readonly EncodedBatch[]): Map<CopyTable, Slice[]> {
  const byTable = new Map<CopyTable, Slice[]>()
  const add = (table: CopyTable, slice: Slice) => {
    if (slice.rows === 0) return
    const slices = byTable.get(table)
    if (slices === undefined) byTable.set(table, [slice])
    else slices.push(slice)
  }
  for (const { parts } of batches) for (const { table, rows } of parts) add(table, rows)
  for (const batch of batches) add(DEAD_LETTER_TABLE, batch.deadLetters)
  for (const batch of batches) add(SIGHTING_TABLE, batch.sightings)
  return byTable
}
