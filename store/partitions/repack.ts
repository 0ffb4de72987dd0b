import type pg from 'pg'
import { type Patience, withShortLocks } from './short-locks.ts'

/**
 * Rows of the layout before shapes. Where a database had some, migration 0011 kept their tables as NAME_v1, which the
 * views read, too. They are moved through the views, some blocks of the heap in each transaction, so that a reader sees
 * each row once and a run that was killed goes on; when a table is empty, its view forgets it and it goes.
 */
const VIEWS = ['application_logs', 'trace_spans', 'metrics_samples'] as const
/** 4 MiB of the old rows: about half a second. */
const STEP_BLOCKS = 512

export interface RepackOptions {
  readonly patience?: Patience
  /** Blocks read, of how many. */
  readonly onProgress?: (table: string, done: number, total: number) => void
}

/** The old tables that are there still. */
export async function oldTables(owner: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await owner.query<{ view: string }>(
    `SELECT view FROM unnest($1::text[]) AS view WHERE to_regclass(view || '_v1') IS NOT NULL`,
    [VIEWS],
  )
  return rows.map(({ view }) => view)
}

export async function repack(owner: pg.ClientBase, options: RepackOptions = {}): Promise<void> {
  for (const view of await oldTables(owner)) {
    await moveAll(owner, view, options)
    options.patience?.signal?.throwIfAborted()
    await withShortLocks(owner, () => forget(owner, view), options.patience)
  }
}

async function moveAll(owner: pg.ClientBase, view: string, { patience, onProgress = () => {} }: RepackOptions) {
  const heaps = await heapsOf(owner, `${view}_v1`)
  const total = heaps.reduce((sum, { blocks }) => sum + blocks, 0)
  const columns = await sharedColumns(owner, view)
  let done = 0
  for (const { name, blocks } of heaps) {
    for (let at = 0; at < blocks; at += STEP_BLOCKS) {
      patience?.signal?.throwIfAborted()
      await owner.query(`
        WITH moved AS (
          DELETE FROM ONLY ${name} WHERE ctid >= '(${at},0)' AND ctid < '(${at + STEP_BLOCKS},0)' RETURNING ${columns})
        INSERT INTO ${view} (${columns}) SELECT ${columns} FROM moved`)
      done += Math.min(STEP_BLOCKS, blocks - at)
      onProgress(view, done, total)
    }
  }
}

interface Heap {
  readonly name: string
  readonly blocks: number
}

/** The table itself, its partitions or its chunks. */
async function heapsOf(owner: pg.ClientBase, table: string): Promise<readonly Heap[]> {
  const { rows } = await owner.query<Heap>(
    `WITH RECURSIVE parts AS (
       SELECT to_regclass($1)::oid AS oid
       UNION ALL SELECT i.inhrelid FROM parts p JOIN pg_inherits i ON i.inhparent = p.oid)
     SELECT oid::regclass::text AS name, (pg_relation_size(oid) / current_setting('block_size')::int)::int AS blocks
     FROM parts JOIN pg_class c USING (oid) WHERE c.relkind = 'r' ORDER BY 1`,
    [table],
  )
  return rows
}

/** The ids of the old rows were numbers of their own; the view computes them. */
async function sharedColumns(owner: pg.ClientBase, view: string): Promise<string> {
  const { rows } = await owner.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('log_id', 'sample_id')`,
    [`${view}_v1`],
  )
  return rows[0]!.columns
}

/** The view without its second half; nobody writes to the old table, so what is empty stays so. */
async function forget(owner: pg.ClientBase, view: string): Promise<void> {
  const { rows } = await owner.query<{ is_empty: boolean; definition: string }>(
    `SELECT NOT EXISTS (SELECT FROM ${view}_v1) AS is_empty, split_part(pg_get_viewdef($1::regclass), 'UNION ALL', 1) AS definition`,
    [view],
  )
  const [found] = rows
  if (found?.is_empty !== true) throw new Error(`${view}_v1 has rows again; somebody writes to it`)
  await owner.query(`CREATE OR REPLACE VIEW ${view} AS ${found.definition}; DROP TABLE ${view}_v1`)
}
