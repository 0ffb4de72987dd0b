import type pg from 'pg'
import type { Logger } from 'pino'
import { isUsableTimescale } from '../capabilities.ts'
import { withClient } from '../connect.ts'
import type { Job } from '../jobs/index.ts'
import type { Store } from '../open.ts'
import { analyzeFilled } from '../partitions/analyze.ts'
import { formOf } from '../partitions/catalog.ts'
import { dropExpired } from '../partitions/expire.ts'
import { ensureLayout, type LayoutProgress } from '../partitions/layout.ts'
import { moveOddRows } from '../partitions/odd-rows.ts'
import { summarizeFilled } from '../partitions/summarize.ts'
import { rangeMs, TIME_TABLES, type TimeTable } from '../partitions/tables.ts'
import { vacuumClosed } from '../partitions/vacuum-closed.ts'
import { analyzeDictionaries, deleteUnused } from './dictionaries.ts'
import { tryToLead } from './leader.ts'
import { moveLedger } from './ledger.ts'
import type { MaintenanceSettings } from './settings.ts'
import { deleteEarly, dropChunks, type EarlyTable, reconcilePolicies } from './timescale.ts'

export { type MaintenanceSettings, maintenanceSettings } from './settings.ts'

/** The first run waits until the start is over. */
const FIRST_RUN_DELAY_MS = 15_000
/** How often odd rows, partitions ahead and statistics are looked after: each costs a glance when there is nothing to do. */
const UPKEEP_MS = 15_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A lock that nobody gives up for this long is left to the next run. */
const LOCK_LIMIT_MS = 60_000

export interface MaintenanceReport {
  /** Tables that were partitioned now: they held rows when a process with this release started. */
  readonly converted: readonly string[]
  /** Table → rows that moved from the default partition to partitions of their own. */
  readonly moved: Readonly<Record<string, number>>
  /** Table → partitions or chunks dropped. */
  readonly dropped: Readonly<Record<string, number>>
  /** Table → rows deleted: those that came when they had expired, and early levels in chunks. */
  readonly deleted: Readonly<Record<string, number>>
  readonly ledgerRowsMoved: number
  /** Policies that were set anew, under the community licence. */
  readonly policiesChanged: readonly string[]
  /** Tables and partitions whose statistics were renewed. */
  readonly analyzed: readonly string[]
  /** Indexes on time that did not know the newest pages. */
  readonly summarized: readonly string[]
  /** Partitions whose time is over, each once. */
  readonly vacuumed: readonly string[]
}

export interface RunOptions {
  /** The moment that ages are counted from. */
  readonly now?: Date
  readonly signal?: AbortSignal
  /** Leave what has expired: partitions, odd rows and statistics alone. */
  readonly upkeepOnly?: boolean
  readonly onProgress?: (progress: LayoutProgress) => void
  /** What is being done, in the order in which it is. */
  readonly onStep?: (what: string) => void
}

/**
 * Makes partitions ahead, drops what is older than the settings say, moves odd rows, renews statistics, and moves the
 * expired part of the ledger into the totals. `undefined` when another process is at it.
 *
 * telemetry_resources and telemetry_scopes are left alone: they are small, and a row that is deleted here may be one
 * that an exporter believes to be there.
 */
export function runMaintenance(
  store: Store,
  settings: MaintenanceSettings,
  options: RunOptions = {},
): Promise<MaintenanceReport | undefined> {
  const { now = new Date(), signal, upkeepOnly = false, onProgress, onStep = () => {} } = options
  return withClient(store, 'owner', async owner => {
    if (!(await tryToLead(owner))) return undefined
    const { timescaledb, serverVersionNumber } = store.capabilities
    const hasTimescale = isUsableTimescale(timescaledb.installed)
    const run: Run = { owner, settings, now, signal, hasTimescale, moved: {}, dropped: {}, deleted: {} }
    onStep('partitions ahead')
    const patience = { limitMs: LOCK_LIMIT_MS, ...(signal && { signal }) }
    const converted = await ensureLayout(owner, store.capabilities, { settings, now, patience, onProgress })
    for (const table of TIME_TABLES) {
      onStep(table.table)
      await keep(run, table, upkeepOnly)
    }
    onStep('ledger')
    const ledgerBefore = new Date(+now - settings.ledger_hours * HOUR_MS)
    const ledgerRowsMoved = upkeepOnly ? 0 : await moveLedger(owner, ledgerBefore, signal)
    const isCommunity = hasTimescale && timescaledb.license === 'timescale'
    const policiesChanged = isCommunity && !upkeepOnly ? await reconcilePolicies(owner, settings) : []
    onStep('statistics')
    const names = TIME_TABLES.map(({ table }) => table)
    const analyzed = [
      ...(await analyzeDictionaries(owner)),
      ...(await analyzeFilled(owner, names, serverVersionNumber, signal)),
    ]
    const summarized = await summarizeFilled(owner, names, signal)
    const vacuumed: string[] = []
    for (const table of TIME_TABLES) {
      if (signal?.aborted || (await formOf(owner, table.table, hasTimescale)) !== 'partitioned') continue
      const name = await vacuumClosed(owner, table, now)
      if (name !== undefined) vacuumed.push(name)
    }
    const { moved, dropped } = run
    const deleted = { ...run.deleted, ...(upkeepOnly ? {} : await deleteUnused(owner, settings, now, signal)) }
    return { converted, moved, dropped, deleted, ledgerRowsMoved, policiesChanged, analyzed, summarized, vacuumed }
  })
}

interface Run {
  readonly owner: pg.ClientBase
  readonly settings: MaintenanceSettings
  readonly now: Date
  readonly signal: AbortSignal | undefined
  readonly hasTimescale: boolean
  readonly moved: Record<string, number>
  readonly dropped: Record<string, number>
  readonly deleted: Record<string, number>
}

async function keep(run: Run, table: TimeTable, upkeepOnly: boolean): Promise<void> {
  const { owner, settings, now, signal } = run
  if (signal?.aborted) return
  const form = await formOf(owner, table.table, run.hasTimescale)
  const keepDays = settings[table.keepDays]
  const earlyDays = table.early === undefined ? undefined : Math.min(keepDays, settings[table.early.keepDays])
  if (form === 'partitioned') {
    const patience = { limitMs: LOCK_LIMIT_MS, ...(signal && { signal }) }
    const size = rangeMs(table, settings)
    const { moved, deleted } = await moveOddRows(owner, table, { now, size, keepDays, patience })
    add(run.moved, table.table, moved)
    add(run.deleted, table.table, deleted)
    if (upkeepOnly) return
    add(run.dropped, table.table, await dropExpired(owner, table, { now, keepDays, earlyDays, patience }))
  }
  if (form === 'hypertable' && !upkeepOnly) {
    add(run.dropped, table.table, await dropChunks(owner, table.table, daysBefore(now, keepDays)))
    if (earlyDays === undefined || earlyDays >= keepDays) return
    const early = table as EarlyTable // earlyDays says that it has one
    add(run.deleted, table.table, await deleteEarly(owner, early, daysBefore(now, earlyDays), signal))
  }
}

function add(sums: Record<string, number>, table: string, count: number): void {
  if (count > 0) sums[table] = (sums[table] ?? 0) + count
}

function daysBefore(now: Date, days: number): Date {
  return new Date(+now - days * DAY_MS)
}

/** The maintenance as work of the leader: a glance often, and all of it every `interval_minutes`. */
export function maintenanceJob(
  store: Store,
  settings: MaintenanceSettings,
  logger: Logger,
  firstRunDelayMs = FIRST_RUN_DELAY_MS,
): Job {
  let dueAt = 0
  return {
    name: 'maintenance',
    everyMs: Math.min(UPKEEP_MS, settings.interval_minutes * 60_000),
    delayMs: firstRunDelayMs,
    isLong: true,
    async run({ signal }) {
      const upkeepOnly = performance.now() < dueAt
      const report = await runMaintenance(store, settings, { signal, upkeepOnly })
      if (!upkeepOnly) dueAt = performance.now() + settings.interval_minutes * 60_000
      if (report !== undefined) logger.debug({ report }, 'the database was maintained')
      if (report?.converted.length) logger.info({ tables: report.converted }, 'partitioned the tables by time')
    },
  }
}
