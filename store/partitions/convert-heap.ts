import type pg from 'pg'
import { columnsOf } from './columns.ts'
import { bounds, ownerOnly, restName } from './make.ts'
import { replaceTable } from './replace-table.ts'
import { type Patience, withShortLocks } from './short-locks.ts'
import type { TimeTable } from './tables.ts'

/**
 * An ordinary table becomes a partitioned one while rows come in and are read:
 *
 *   heap ──prepare──► fenced ──sweep──► swept ──check──► checked ──switch──► partitioned
 *
 * prepare  A fence is put at the second midnight from now: a CHECK that is not valid yet holds new rows below it, and a
 *          trigger leads those beyond it into a child table, where readers of the table see them.
 * sweep    Rows that lie beyond the fence already are moved to the child.
 * check    VALIDATE CONSTRAINT reads the table once and locks out nobody.
 * switch   One short transaction: a partitioned table takes the name, the heap becomes its oldest partition, for which
 *          the checked constraint is proof enough, and the child its default partition.
 *
 * Each step finds in the catalogue what is done already, so a run that was killed goes on with the next one. Nothing is
 * rewritten. An empty table is replaced at once.
 */
export interface ConvertOptions {
  readonly now: Date
  readonly patience?: Patience
  /** Blocks read, of how many; the second half of them by the check. */
  readonly onProgress?: (done: number, total: number) => void
}

const FENCE = 'sensorium_fence'
const DIVERT = 'sensorium_divert'
const DAY_MS = 24 * 3_600_000
/** Enough to find the last hours of an unattended migration behind the fence, and no more of the new rows than needed. */
const FENCE_MIN_MS = 12 * 3_600_000
/** 32 MiB: a step of the bar, and a transaction short enough for anybody who waits for a row of it. */
const SWEEP_BLOCKS = 4_096
const CHECK_POLL_MS = 500

export const beforeName = (table: string): string => `${table}_before`
/** What is told apart from rows that were lost: the exporter compares what it sent with what the table took. */
export const DIVERTED_SETTING = 'sensorium.diverted'

export async function convertHeap(
  owner: pg.ClientBase,
  table: TimeTable,
  { now, patience, onProgress = () => {} }: ConvertOptions,
): Promise<void> {
  if (await replaceEmpty(owner, table, patience)) return
  let fence = await readFence(owner, table.table)
  if (fence === undefined) {
    fence = { at: Math.floor((+now + FENCE_MIN_MS) / DAY_MS) * DAY_MS + DAY_MS, isChecked: false }
    await withShortLocks(owner, () => prepare(owner, table, fence!.at), patience)
  }
  if (!fence.isChecked) {
    const blocks = await blocksOf(owner, table.table)
    const startedAt = performance.now()
    await sweep(owner, table, fence.at, blocks, done => onProgress(done, blocks * 2), patience?.signal)
    await check(owner, table.table, performance.now() - startedAt, share =>
      onProgress(blocks + Math.floor(blocks * share), blocks * 2),
    )
  }
  patience?.signal?.throwIfAborted()
  await withShortLocks(owner, () => switchOver(owner, table, fence.at), patience)
}

/** True when the table held nothing, and is a partitioned one now. */
async function replaceEmpty(owner: pg.ClientBase, { table, timeColumn }: TimeTable, patience?: Patience) {
  const isEmpty = async () => (await owner.query(`SELECT FROM ${table} LIMIT 1`)).rowCount === 0
  if (!(await isEmpty()) || (await readFence(owner, table)) !== undefined) return false
  return withShortLocks(
    owner,
    async () => {
      await owner.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
      if (!(await isEmpty())) return false
      await replaceTable(owner, table, beforeName(table), `PARTITION BY RANGE (${timeColumn})`)
      await owner.query(`DROP TABLE ${beforeName(table)}`)
      return true
    },
    patience,
  )
}

async function readFence(owner: pg.ClientBase, table: string) {
  const { rows } = await owner.query<{ at: string; is_checked: boolean }>(
    `SELECT extract(epoch FROM substring(pg_get_constraintdef(oid) FROM $$'([^']+)'$$)::timestamptz) * 1000 AS at, convalidated AS is_checked
     FROM pg_constraint WHERE conrelid = to_regclass(quote_ident($1)) AND conname = '${FENCE}'`,
    [table],
  )
  return rows[0] && { at: Number(rows[0].at), isChecked: rows[0].is_checked }
}

async function prepare(owner: pg.ClientBase, { table, timeColumn }: TimeTable, at: number): Promise<void> {
  const fence = `'${new Date(at).toISOString()}'::timestamptz`
  const child = restName(table)
  await owner.query(`
    LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE;
    CREATE TABLE ${child} (LIKE ${table} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION
      INCLUDING CONSTRAINTS INCLUDING INDEXES, CHECK (${timeColumn} >= ${fence}));
    ALTER TABLE ${child} INHERIT ${table};
    CREATE OR REPLACE FUNCTION ${DIVERT}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    BEGIN
      EXECUTE format('INSERT INTO %I SELECT ($1).*', TG_ARGV[0]) USING NEW;
      PERFORM set_config('${DIVERTED_SETTING}', (coalesce(nullif(current_setting('${DIVERTED_SETTING}', true), ''), '0')::bigint + 1)::text, true);
      RETURN NULL;
    END $$;
    CREATE TRIGGER ${DIVERT} BEFORE INSERT ON ${table} FOR EACH ROW WHEN (NEW.${timeColumn} >= ${fence})
      EXECUTE FUNCTION ${DIVERT}('${child}');
    ALTER TABLE ${table} ADD CONSTRAINT ${FENCE} CHECK (${timeColumn} < ${fence}) NO INHERIT NOT VALID`)
}

async function blocksOf(owner: pg.ClientBase, table: string): Promise<number> {
  const { rows } = await owner.query<{ blocks: number }>(
    `SELECT (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int AS blocks`,
    [table],
  )
  return rows[0]?.blocks ?? 0
}

async function sweep(
  owner: pg.ClientBase,
  { table, timeColumn }: TimeTable,
  fence: number,
  blocks: number,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const columns = (await columnsOf(owner, table)).join(', ')
  for (let at = 0; at < blocks; at += SWEEP_BLOCKS) {
    signal?.throwIfAborted()
    await owner.query(
      `WITH beyond AS (
         DELETE FROM ONLY ${table} WHERE ctid >= '(${at},0)' AND ctid < '(${at + SWEEP_BLOCKS},0)' AND ${timeColumn} >= $1
         RETURNING ${columns})
       INSERT INTO ${restName(table)} (${columns}) SELECT ${columns} FROM beyond`,
      [new Date(fence)],
    )
    onProgress(Math.min(blocks, at + SWEEP_BLOCKS))
  }
}

/** The server tells nothing of how far it is; it reads what the sweep has read, and no slower. */
async function check(owner: pg.ClientBase, table: string, sweepMs: number, onProgress: (share: number) => void) {
  const startedAt = performance.now()
  const poll = setInterval(
    () => onProgress(Math.min(0.95, (performance.now() - startedAt) / Math.max(1, sweepMs))),
    CHECK_POLL_MS,
  )
  try {
    await owner.query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${FENCE}`)
  } finally {
    clearInterval(poll)
  }
  onProgress(1)
}

async function switchOver(owner: pg.ClientBase, { table, timeColumn }: TimeTable, fence: number): Promise<void> {
  const [heap, child] = [beforeName(table), restName(table)]
  await owner.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE ${child} NO INHERIT ${table};
    DROP TRIGGER ${DIVERT} ON ${table}`)
  await replaceTable(owner, table, heap, `PARTITION BY RANGE (${timeColumn})`)
  await owner.query(`ALTER TABLE ${table} ATTACH PARTITION ${heap} FOR VALUES ${bounds({ from: -Infinity, to: fence })};
    ALTER TABLE ${table} ATTACH PARTITION ${child} DEFAULT;
    ALTER TABLE ${heap} DROP CONSTRAINT ${FENCE};
    ${ownerOnly(heap)}; ${ownerOnly(child)}`)
}
