import type pg from 'pg'
import type { Slice } from './arena.ts'
import { BLOCK_TABLES } from './blocks/rows.ts'
import { type CopyRows, copyIn } from './copy-in.ts'
import type { EncodedBatch, Encoder } from './encode.ts'
import { beginAndBook, beginAndBookFresh, isKnownToLedger } from './ledger.ts'
import { RED_TABLE } from './red/rows.ts'
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
 * Nearly always the ledger knows none of them. So that is taken for granted, and ledger and rows travel as one; where a
 * batch was there before, the database refuses its row in the ledger, and the group goes the way of questions.
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
  try {
    await copyRows(client, encoder, group, beginAndBookFresh(group))
  } catch (error) {
    if (!isKnownToLedger(error)) throw error
    await client.query('ROLLBACK')
    return commitUnknown(client, encoder, group)
  }
  await commit(client)
  return group.map(({ refused }) => ({ outcome: 'stored', refused }))
}

async function commitUnknown(
  client: pg.ClientBase,
  encoder: Encoder,
  group: readonly EncodedBatch[],
): Promise<readonly Verdict[]> {
  const ledger = await beginAndBook(client, group)
  const fresh = group.filter(batch => ledger.get(batch.id)?.isFresh)
  await copyRows(client, encoder, fresh)
  await commit(client)
  return group.map(batch => {
    const entry = ledger.get(batch.id)
    return entry === undefined || entry.isFresh
      ? { outcome: 'stored', refused: batch.refused }
      : { outcome: 'deduplicated', refused: entry.refused }
  })
}

async function copyRows(
  client: pg.ClientBase,
  encoder: Encoder,
  batches: readonly EncodedBatch[],
  before?: string,
): Promise<void> {
  const gathered = gatheredOf(encoder, batches)
  try {
    const copies = [...copiesOf(batches), ...gathered]
    if (copies.length > 0 || before !== undefined) await copyIn(client, copies, before)
  } finally {
    releaseGathered(encoder, gathered)
  }
}

/** What the batches' records are found by, for each signal, and count for, together; to be given to `releaseGathered`. */
export function gatheredOf(encoder: Encoder, batches: readonly EncodedBatch[]): readonly CopyRows[] {
  const copies: CopyRows[] = []
  for (const [signal, same] of Map.groupBy(batches, batch => batch.signal)) {
    const table = BLOCK_TABLES[signal]
    if (table === undefined || same.every(({ blocks }) => blocks.length === 0)) continue
    copies.push({ table, slices: [encoder.blocks(same)] })
  }
  if (batches.some(({ red }) => red.entries.length > 0))
    copies.push({ table: RED_TABLE, slices: [encoder.red(batches)] })
  return copies
}

export function releaseGathered(encoder: Encoder, copies: readonly CopyRows[]): void {
  for (const { slices } of copies) for (const slice of slices) encoder.releaseSlice(slice)
}

/** Postgres answers COMMIT of a failed transaction with a rollback and without an error. */
export async function commit(client: pg.ClientBase): Promise<void> {
  const { command } = await client.query('COMMIT')
  if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`)
}

function copiesOf(batches: readonly EncodedBatch[]): CopyRows[] {
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
  return [...byTable].map(([table, slices]) => ({ table, slices }))
}
