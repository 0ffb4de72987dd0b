import type pg from 'pg'
import type { RejectedRecord } from '../../pipeline/model/index.ts'
import { countRequest, noCounts } from '../../store/red/counts.ts'
import type { Slice } from './arena.ts'
import { commit, gatheredOf, releaseGathered, type Verdict } from './commit-group.ts'
import { type CopyRows, copyIn } from './copy-in.ts'
import { isDataFault } from './database-error.ts'
import type { EncodedBatch, Encoder } from './encode.ts'
import { beginAndBook, bookRefused } from './ledger.ts'
import { RED_TABLE } from './red/rows.ts'
import type { Entry } from './red/series.ts'
import { DEAD_LETTER_TABLE } from './rows/dead-letters.ts'
import { SIGHTING_TABLE } from './rows/sightings.ts'
import { SPAN_TABLE } from './rows/spans.ts'
import type { CopyTable } from './table.ts'
import { rowJson, splitRows } from './tuples.ts'

/**
 * Stores a batch of which the database refuses some rows: halves it again and again until it has found them, and
 * commits the others, the refused ones as dead letters and the corrected books in one transaction.
 *
 * k bad rows of n cost about 2 k log2(n/k) COPYs. The line number in Postgres' error would find one in three, but it
 * is the number of a buffered row where an index refuses, and whatever an extension makes of it in a hypertable.
 *
 * @throws the database's error when something else than the rows is refused too.
 */
export async function storeWithoutRefused(
  client: pg.ClientBase,
  encoder: Encoder,
  batch: EncodedBatch,
): Promise<Verdict & { readonly messages: readonly string[] }> {
  const ledger = await beginAndBook(client, [batch])
  const entry = ledger.get(batch.id)
  if (entry !== undefined && !entry.isFresh) {
    await commit(client)
    return { outcome: 'deduplicated', refused: entry.refused, messages: [] }
  }
  // Else a deferred constraint would be checked by COMMIT, too late to tell which row it is about.
  await client.query('SET CONSTRAINTS ALL IMMEDIATE')
  const refused: RefusedRow[] = []
  const uncounted: Entry[] = []
  for (const { table, rows } of batch.parts) {
    const split = splitRows(rows)
    const before = refused.length
    await copyOrSplit(client, table, split, refused)
    if (table === SPAN_TABLE) uncounted.push(...countsOf(refused.slice(before), split, batch))
  }
  if (refused.length > 0) await bookRefused(client, batch, refused.length)
  const letters = encoder.deadLetters(batch, refused)
  const gathered = [...gatheredOf(encoder, [batch]), ...takenBack(encoder, uncounted)]
  try {
    const slices = [batch.deadLetters, letters].filter(slice => slice.rows > 0)
    const copies = [
      ...(slices.length > 0 ? [{ table: DEAD_LETTER_TABLE, slices }] : []),
      ...(batch.sightings.rows > 0 ? [{ table: SIGHTING_TABLE, slices: [batch.sightings] }] : []),
      ...gathered,
    ]
    if (copies.length > 0) await copyIn(client, copies)
    if (refused.length > 0) await client.query(UNSIGHT, originsOf(refused))
    await commit(client)
  } finally {
    encoder.releaseSlice(letters)
    releaseGathered(encoder, gathered)
  }
  const refusedByDatabase = new Map<string, number>()
  for (const { table } of refused) refusedByDatabase.set(table.name, (refusedByDatabase.get(table.name) ?? 0) + 1)
  return {
    outcome: 'stored',
    refused: batch.refused + refused.length,
    refusedByDatabase,
    messages: refused.map(({ message }) => message),
  }
}

interface RefusedRow extends RejectedRecord {
  readonly table: CopyTable
  readonly row: Slice
}

/** What each refused span was counted for. */
function countsOf(refused: readonly RefusedRow[], rows: readonly Slice[], { red }: EncodedBatch): Entry[] {
  return refused.flatMap(({ row, raw }) => {
    const entry = red.ofRows[rows.indexOf(row)]
    if (entry === undefined) return []
    const { duration_ms: durationMs, status } = JSON.parse(raw.toString()) as { duration_ms: number; status: string }
    const counted = { ...entry, ...noCounts() }
    countRequest(counted, durationMs, status === 'error', '')
    return [counted]
  })
}

function takenBack(encoder: Encoder, entries: readonly Entry[]): readonly CopyRows[] {
  return entries.length === 0 ? [] : [{ table: RED_TABLE, slices: [encoder.redTakenBack(entries)] }]
}

/** Takes back what the batch's sightings say of the refused rows; adds nothing to their times, templates, samples. */
const UNSIGHT = `
  INSERT INTO fingerprint_sightings
  SELECT fingerprint, 'log', 0, '', '', 0, service, environment, service_version, -1, 'infinity', '-infinity', NULL
  FROM (
    SELECT (row->>fingerprint_column)::bigint AS fingerprint, coalesce(s.service, l.service, row->>service_column) AS service,
      coalesce(s.environment, l.environment, row->>environment_column) AS environment,
      coalesce(s.service_version, l.service_version, row->>version_column) AS service_version
    FROM unnest($1::jsonb[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
      AS r (row, fingerprint_column, service_column, environment_column, version_column, dictionary)
    LEFT JOIN span_shapes s ON dictionary = 'span_shapes' AND s.shape_id = (row->>'shape_id')::bigint
    LEFT JOIN log_shapes l ON dictionary = 'log_shapes' AND l.shape_id = (row->>'shape_id')::bigint
  ) AS refused
  WHERE fingerprint IS NOT NULL`

function originsOf(refused: readonly RefusedRow[]): (string | null)[][] {
  const column = (name: keyof NonNullable<CopyTable['origin']>) =>
    refused.map(({ table }) => table.origin?.[name] ?? name)
  return [
    refused.map(({ raw }) => raw.toString()),
    column('fingerprint'),
    column('service'),
    column('environment'),
    column('service_version'),
    refused.map(({ table }) => table.dictionary ?? null),
  ]
}

async function copyOrSplit(
  client: pg.ClientBase,
  table: CopyTable,
  rows: readonly Slice[],
  refused: RefusedRow[],
): Promise<void> {
  if (rows.length === 0) return
  await client.query('SAVEPOINT rows')
  try {
    await copyIn(client, [{ table, slices: rows }])
    await client.query('RELEASE rows')
    return
  } catch (error) {
    if (!isDataFault(error)) throw error
    await client.query('ROLLBACK TO rows; RELEASE rows')
    const [only] = rows
    if (only !== undefined && rows.length === 1) {
      const raw = rowJson(table, only)
      refused.push({
        table,
        row: only,
        reason: 'refused',
        message: error.message,
        raw,
        contentType: 'application/json',
      })
      return
    }
  }
  const middle = rows.length >> 1
  await copyOrSplit(client, table, rows.slice(0, middle), refused)
  await copyOrSplit(client, table, rows.slice(middle), refused)
}
