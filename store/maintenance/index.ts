import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import { isUsableTimescale } from '../capabilities.ts'
import { withClient } from '../connect.ts'
import type { Store } from '../open.ts'
import { deleteExpired } from './delete-expired.ts'
import { moveLedger } from './ledger.ts'
import { DEBUG_LEVELS, RETAINED, type Retained } from './retained.ts'
import type { MaintenanceSettings } from './settings.ts'
import { deleteDebugLogs, dropChunks, isHypertable, reconcilePolicies } from './timescale.ts'

export { type MaintenanceSettings, maintenanceSettings } from './settings.ts'

/** "sens", "main": whoever holds this advisory lock is the leader for one run. */
const LEADER_LOCK = [0x73656e73, 0x6d61696e]
/** The first run waits until the start is over. */
const FIRST_RUN_DELAY_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface MaintenanceReport {
  /** Table → rows deleted. */
  readonly deleted: Readonly<Record<string, number>>
  /** Table → chunks dropped, on TimescaleDB. */
  readonly chunksDropped: Readonly<Record<string, number>>
  readonly ledgerRowsMoved: number
  /** Policies that were set anew, under the community licence. */
  readonly policiesChanged: readonly string[]
}

export interface RunOptions {
  /** The moment that ages are counted from. */
  readonly now?: Date
  readonly signal?: AbortSignal
}

/**
 * Deletes what is older than the settings say and moves the expired part of the ledger into the totals. `undefined`
 * when another process is at it.
 *
 * telemetry_resources and telemetry_scopes are left alone: they are small, and a row that is deleted here may be one
 * that an exporter believes to be there.
 */
export function runMaintenance(
  store: Store,
  settings: MaintenanceSettings,
  { now = new Date(), signal }: RunOptions = {},
): Promise<MaintenanceReport | undefined> {
  return withClient(store, 'owner', async owner => {
    // Of the session, and gone with it.
    const { rows } = await owner.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS leads', LEADER_LOCK)
    if (!rows[0]?.leads) return undefined
    const run = { owner, settings, now, signal, deleted: {}, chunksDropped: {} }
    const { timescaledb } = store.capabilities
    const hasTimescale = isUsableTimescale(timescaledb.installed)
    const ledgerRowsMoved = await moveLedger(owner, new Date(+now - settings.ledger_hours * HOUR_MS), signal)
    for (const retained of RETAINED) await expire(run, retained, hasTimescale)
    await expireDebugLogs(run, hasTimescale)
    const isCommunity = hasTimescale && timescaledb.license === 'timescale'
    const policiesChanged = isCommunity ? await reconcilePolicies(owner, settings) : []
    return { deleted: run.deleted, chunksDropped: run.chunksDropped, ledgerRowsMoved, policiesChanged }
  })
}

interface Run {
  readonly owner: pg.ClientBase
  readonly settings: MaintenanceSettings
  readonly now: Date
  readonly signal: AbortSignal | undefined
  readonly deleted: Record<string, number>
  readonly chunksDropped: Record<string, number>
}

async function expire(run: Run, retained: Retained, hasTimescale: boolean): Promise<void> {
  const { table } = retained
  const before = daysAgo(run, run.settings[retained.keepDays])
  if (hasTimescale && (await isHypertable(run.owner, table))) {
    run.chunksDropped[table] = await dropChunks(run.owner, table, before)
  } else {
    run.deleted[table] = await deleteExpired(run.owner, { ...retained, before }, run.signal)
  }
}

async function expireDebugLogs(run: Run, hasTimescale: boolean): Promise<void> {
  if (run.settings.debug_logs_days >= run.settings.logs_days) return
  const logs = RETAINED.find(({ table }) => table === 'application_logs')!
  const before = daysAgo(run, run.settings.debug_logs_days)
  const rows =
    hasTimescale && (await isHypertable(run.owner, logs.table))
      ? await deleteDebugLogs(run.owner, before, run.signal)
      : await deleteExpired(run.owner, { ...logs, before, levels: DEBUG_LEVELS }, run.signal)
  run.deleted[logs.table] = (run.deleted[logs.table] ?? 0) + rows
}

function daysAgo({ now }: Run, days: number): Date {
  return new Date(+now - days * DAY_MS)
}

/** Runs the maintenance again and again until `stop`, which waits for the batch at hand. */
export function startMaintenance(
  store: Store,
  settings: MaintenanceSettings,
  logger: Logger,
  firstRunDelayMs = FIRST_RUN_DELAY_MS,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const work = async (): Promise<void> => {
    for (let pauseMs = firstRunDelayMs; ; pauseMs = settings.interval_minutes * 60_000) {
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      try {
        const report = await runMaintenance(store, settings, { signal })
        if (report !== undefined) logger.debug({ report }, 'expired telemetry was removed')
      } catch (error) {
        // Away or busy: the next run does what this one did not.
        logger.warn({ err: error }, 'maintenance of the database failed; it is tried again later')
      }
    }
  }
  const working = work()
  return {
    async stop() {
      stopping.abort()
      await working
    },
  }
}
