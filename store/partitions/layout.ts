import type pg from 'pg'
import { type Capabilities, isUsableTimescale } from '../capabilities.ts'
import type { MaintenanceSettings } from '../maintenance/settings.ts'
import { type Form, formOf } from './catalog.ts'
import { convertHeap } from './convert-heap.ts'
import { makeAhead } from './make.ts'
import { repack } from './repack.ts'
import type { Patience } from './short-locks.ts'
import { rangeMs, TIME_TABLES, type TimeTable } from './tables.ts'
import { ensureChunkSize, ensureCompression, heapToHypertable, partitionsToHypertable } from './to-hypertable.ts'

export interface LayoutProgress {
  readonly table: string
  readonly done: number
  readonly total: number
}

export interface LayoutOptions {
  readonly settings: MaintenanceSettings
  readonly now?: Date
  /** `empty`: tables that hold rows stay as they are, for a start that has no time to read them. */
  readonly only?: 'empty'
  readonly patience?: Patience
  readonly onProgress?: (progress: LayoutProgress) => void
}

/**
 * Gives every table of the list its form, and those that have it what the settings say: partitions ahead, the length of
 * chunks. Safe to repeat, and to be killed in. Returns the tables that changed their form.
 */
export async function ensureLayout(
  owner: pg.ClientBase,
  capabilities: Capabilities,
  options: LayoutOptions,
): Promise<string[]> {
  const changed: string[] = []
  for (const step of await plannedLayout(owner, capabilities)) {
    if (options.only === 'empty' && (await holdsRows(owner, step.table.table))) continue
    await change(owner, step, options)
    changed.push(step.table.table)
  }
  if (options.only !== 'empty') {
    const { patience, onProgress = () => {} } = options
    await repack(owner, { patience, onProgress: (table, done, total) => onProgress({ table, done, total }) })
  }
  const hasTimescale = isUsableTimescale(capabilities.timescaledb.installed)
  for (const table of TIME_TABLES) {
    const form = await formOf(owner, table.table, hasTimescale)
    if (form === 'partitioned') {
      await makeAhead(owner, table, options.now ?? new Date(), rangeMs(table, options.settings), options.patience)
    }
    if (form === 'hypertable') {
      await ensureChunkSize(owner, table, rangeMs(table, options.settings))
      const { hypertable } = table
      if (hypertable?.compressAfterDays !== undefined && capabilities.timescaledb.license === 'timescale') {
        await ensureCompression(owner, { ...table, hypertable })
      }
    }
  }
  return changed
}

export interface LayoutStep {
  readonly table: TimeTable
  readonly form: Form
  readonly wanted: 'partitioned' | 'hypertable'
}

/** The tables that have another form than they should. */
export async function plannedLayout(owner: pg.ClientBase, { timescaledb }: Capabilities): Promise<LayoutStep[]> {
  const hasTimescale = isUsableTimescale(timescaledb.installed)
  const steps: LayoutStep[] = []
  for (const table of TIME_TABLES) {
    const form = await formOf(owner, table.table, hasTimescale)
    const wanted = hasTimescale && table.hypertable !== undefined ? 'hypertable' : 'partitioned'
    if (form === 'heap' || (form === 'partitioned' && wanted === 'hypertable')) steps.push({ table, form, wanted })
  }
  return steps
}

async function change(owner: pg.ClientBase, { table, form, wanted }: LayoutStep, options: LayoutOptions) {
  const { settings, now = new Date(), patience, onProgress = () => {} } = options
  const onStep = (done: number, total: number) => onProgress({ table: table.table, done, total })
  if (wanted === 'partitioned') return convertHeap(owner, table, { now, patience, onProgress: onStep })
  if (form === 'heap') return heapToHypertable(owner, table, rangeMs(table, settings))
  return partitionsToHypertable(owner, table, rangeMs(table, settings), onStep)
}

async function holdsRows(owner: pg.ClientBase, table: string): Promise<boolean> {
  return (await owner.query(`SELECT FROM ${table} LIMIT 1`)).rowCount === 1
}
