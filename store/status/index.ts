import type pg from 'pg'
import { isUsableTimescale } from '../capabilities.ts'
import { withClient } from '../connect.ts'
import type { MaintenanceSettings } from '../maintenance/settings.ts'
import type { Store } from '../open.ts'
import { formOf } from '../partitions/catalog.ts'
import { isExpired } from '../partitions/ranges.ts'
import { TIME_TABLES, type TimeTable } from '../partitions/tables.ts'
import { daysUntilFull, growthADay } from './growth.ts'
import { type Part, partsOf } from './parts.ts'

export interface TableStatus {
  readonly table: string
  readonly form: 'heap' | 'partitioned' | 'hypertable'
  /** As the database counts them: right after an ANALYZE, and nearly so in between. */
  readonly rows: number
  readonly bytes: number
  readonly bytes_a_row: number | null
  /** Partitions or chunks. */
  readonly parts: number
  readonly oldest_row: string | null
  readonly keep_days: number | null
  /** Of the parts, as a share; null where the database cannot compress. */
  readonly compressed_share: number | null
  /** Bytes before compression to bytes after it. */
  readonly compression_ratio: number | null
  readonly next_run_drops: { readonly parts: number; readonly rows: number; readonly bytes: number }
  readonly bytes_a_day: number
}

export interface StoreStatus {
  readonly footing: string
  readonly database_bytes: number
  readonly tables: readonly TableStatus[]
  /** Where the database's files are not on this machine, or nobody may see where, nothing is known of it. */
  readonly disk: {
    readonly free_bytes: number
    readonly total_bytes: number
    /** At the pace of the last week, with expiry; null when expiry sets in before. */
    readonly full_on: string | null
  } | null
}

export interface StatusOptions {
  readonly now?: Date
  /** Of the disk that holds the database, if it is known. */
  readonly disk?: { readonly freeBytes: number; readonly totalBytes: number } | undefined
}

const DAY_MS = 24 * 3_600_000

/** What each table holds and costs, what the next run of the maintenance drops, and how long the disk lasts. */
export function storeStatus(
  store: Store,
  settings: MaintenanceSettings,
  { now = new Date(), disk }: StatusOptions = {},
): Promise<StoreStatus> {
  const hasTimescale = isUsableTimescale(store.capabilities.timescaledb.installed)
  return withClient(store, 'owner', async owner => {
    const tables: TableStatus[] = []
    for (const table of TIME_TABLES) {
      const form = await formOf(owner, table.table, hasTimescale)
      if (form === 'absent') continue
      const parts = await partsOf(owner, table, form, store.capabilities.timescaledb.license === 'timescale')
      tables.push(await statusOf(owner, table, form, parts, settings, now))
    }
    const { rows } = await owner.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes')
    tables.push(...(await otherTables(owner)))
    return {
      footing: store.capabilities.footing,
      database_bytes: Number(rows[0]?.bytes ?? 0),
      tables,
      disk: disk === undefined ? null : diskStatus(tables, disk, now),
    }
  })
}

async function statusOf(
  owner: pg.ClientBase,
  table: TimeTable,
  form: TableStatus['form'],
  parts: readonly Part[],
  settings: MaintenanceSettings,
  now: Date,
): Promise<TableStatus> {
  const oldest = await oldestRow(owner, table, parts)
  const sum = (some: readonly Part[], of: 'rows' | 'bytes') => some.reduce((total, part) => total + part[of], 0)
  const keepDays = settings[table.keepDays]
  const earlyDays = table.early === undefined ? keepDays : Math.min(keepDays, settings[table.early.keepDays])
  const dropped = parts.filter(part => isExpired(part, now, part.isEarly ? earlyDays : keepDays))
  const compressed = parts.filter(part => part.uncompressedBytes !== undefined)
  const before = compressed.reduce((total, part) => total + (part.uncompressedBytes ?? 0), 0)
  const [rows, bytes] = [sum(parts, 'rows'), sum(parts, 'bytes')]
  return {
    table: table.table,
    form,
    rows,
    bytes,
    bytes_a_row: rows === 0 ? null : Math.round(bytes / rows),
    parts: parts.length,
    oldest_row: oldest?.toISOString() ?? null,
    keep_days: keepDays,
    compressed_share: compressed.length === 0 ? null : compressed.length / parts.length,
    compression_ratio: compressed.length === 0 ? null : before / Math.max(1, sum(compressed, 'bytes')),
    next_run_drops: { parts: dropped.length, rows: sum(dropped, 'rows'), bytes: sum(dropped, 'bytes') },
    bytes_a_day: rows === 0 ? 0 : Math.round(growthADay(parts, +now, oldest && +oldest)),
  }
}

/** Of the first part that holds a row: reading it is reading a day, not the history. */
async function oldestRow(owner: pg.ClientBase, { timeColumn }: TimeTable, parts: readonly Part[]) {
  let oldest: Date | undefined
  for (const { name, from } of parts.toSorted((a, b) => a.from - b.from)) {
    if (oldest !== undefined && from > +oldest) break
    const { rows } = await owner.query<{ at: Date | null }>(`SELECT min(${timeColumn}) AS at FROM ${name}`)
    const at = rows[0]?.at
    if (at instanceof Date && (oldest === undefined || at < oldest)) oldest = at
  }
  return oldest
}

/** All that has no part in time, the largest first; those below a megabyte are not worth a line. */
async function otherTables(owner: pg.ClientBase): Promise<TableStatus[]> {
  const { rows } = await owner.query<{ table: string; rows: string; bytes: string }>(
    `SELECT c.relname AS table, greatest(s.n_live_tup, c.reltuples)::bigint AS rows, pg_total_relation_size(c.oid) AS bytes
     FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
       AND c.relname <> ALL ($1) AND pg_total_relation_size(c.oid) >= 1024 * 1024 ORDER BY 3 DESC`,
    [TIME_TABLES.map(({ table }) => table)],
  )
  return rows.map(row => {
    const [count, bytes] = [Math.max(0, Number(row.rows)), Number(row.bytes)]
    return {
      table: row.table,
      form: 'heap' as const,
      rows: count,
      bytes,
      bytes_a_row: count === 0 ? null : Math.round(bytes / count),
      parts: 1,
      oldest_row: null,
      keep_days: null,
      compressed_share: null,
      compression_ratio: null,
      next_run_drops: { parts: 0, rows: 0, bytes: 0 },
      bytes_a_day: 0,
    }
  })
}

function diskStatus(tables: readonly TableStatus[], disk: NonNullable<StatusOptions['disk']>, now: Date) {
  const growing = tables.map(({ bytes_a_day, keep_days, oldest_row }) => ({
    bytesADay: bytes_a_day,
    keepDays: keep_days ?? Infinity,
    ageDays: oldest_row === null ? 0 : (+now - Date.parse(oldest_row)) / DAY_MS,
  }))
  const days = daysUntilFull(growing, disk.freeBytes)
  return {
    free_bytes: disk.freeBytes,
    total_bytes: disk.totalBytes,
    full_on: days === undefined ? null : new Date(+now + days * DAY_MS).toISOString().slice(0, 10),
  }
}
