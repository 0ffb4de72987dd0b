import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { SensoriumError } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { diskSpace } from '../../store/disk-space.ts'
import { type MaintenanceReport, runMaintenance } from '../../store/maintenance/index.ts'
import type { Store } from '../../store/open.ts'
import { TIME_TABLES } from '../../store/partitions/tables.ts'
import { type StoreStatus, storeStatus, type TableStatus } from '../../store/status/index.ts'
import { configOption } from '../config-option.ts'
import { type DatabaseConfiguration, mustHoldTables, withStore } from '../database.ts'
import { columnsOf } from '../terminal/columns.ts'
import { printJson } from '../terminal/guard.ts'
import { startStepBar, stepText } from '../terminal/step-bar.ts'
import { formatTable } from '../terminal/table.ts'
import { withMigrated } from '../with-store.ts'
import { backupCommand, restoreCommand } from './store-backup.ts'

interface Common {
  readonly config: string
  readonly json?: true
}

export function storeCommand(): Command {
  return new Command('store')
    .addHelpText(
      'after',
      `
How long things are kept is in service.maintenance of the configuration.

  sensorium store status
  sensorium store status --json | jq '.tables[] | {table, bytes_a_row}'
  sensorium store compact
  sensorium store backup sensorium.backup`,
    )
    .addCommand(statusCommand())
    .addCommand(compactCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
}

function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

function statusCommand(): Command {
  return command('status', 'rows, bytes, partitions, what the next run drops, growth, the day the disk is full').action(
    async (options: Common) => {
      const status = await withStore(options.config, async (store, { database, maintenance }) => {
        await withClient(store, 'owner', client => mustHoldTables(client, store.target))
        // The files of a server that is not ours are on a disk that we do not see.
        const disk = database.url === undefined ? await diskSpace(database.data_dir) : undefined
        return storeStatus(store, maintenance, { disk })
      })
      if (options.json) printJson(status)
      else console.log(statusText(status))
    },
  )
}

function statusText({ tables, disk, database_bytes, footing }: StoreStatus): string {
  const rows = tables.map(shown)
  const columns = Object.keys(rows[0] ?? { table: '' })
  const lines = [
    formatTable(columns, rows, columnsOf(process.stdout)),
    '',
    `${mebibytes(database_bytes)} MiB on ${footing}`,
  ]
  const drops = tables.filter(({ next_run_drops }) => next_run_drops.parts > 0)
  const list = drops.map(
    ({ table, next_run_drops: { parts, bytes } }) => `${parts} of ${table} (${mebibytes(bytes)} MiB)`,
  )
  lines.push(drops.length === 0 ? 'the next run drops nothing' : `the next run drops ${list.join(', ')}`)
  if (disk !== null) {
    const free = `${mebibytes(disk.free_bytes)} of ${mebibytes(disk.total_bytes)} MiB free`
    const pace =
      disk.full_on === null ? 'at this pace expiry keeps the store within it' : `at this pace full on ${disk.full_on}`
    lines.push(`disk: ${free}; ${pace}`)
  }
  return lines.join('\n')
}

function shown(table: TableStatus) {
  const { compressed_share: share, compression_ratio: ratio } = table
  return {
    table: table.table,
    rows: table.rows,
    mib: mebibytes(table.bytes),
    'bytes/row': table.bytes_a_row,
    parts: table.parts,
    oldest: table.oldest_row?.slice(0, 16).replace('T', ' ') ?? null,
    'kept days': table.keep_days,
    'mib/day': mebibytes(table.bytes_a_day),
    compressed: share === null ? null : `${Math.round(share * 100)} %, ${ratio?.toFixed(1)}:1`,
  }
}

function mebibytes(bytes: number): number {
  const value = bytes / 1024 / 1024
  return Number(value.toFixed(value < 100 ? 1 : 0))
}

/** Partitions ahead, each table, the ledger, statistics. */
const STEPS = TIME_TABLES.length + 3
const LEADER_WAIT_MS = 60_000
const LEADER_POLL_MS = 500

function compactCommand(): Command {
  return command('compact', 'run the maintenance now: drop what has expired, move odd rows, renew statistics').action(
    async (options: Common) => {
      const report = await withMigrated(options.config, compact)
      if (options.json) printJson(report)
      else console.log(reportText(report))
    },
  )
}

async function compact(store: Store, { maintenance }: DatabaseConfiguration): Promise<MaintenanceReport> {
  const bar = startStepBar(process.stderr)
  let done = -1
  try {
    for (const end = Date.now() + LEADER_WAIT_MS; Date.now() < end; await delay(LEADER_POLL_MS)) {
      const report = await runMaintenance(store, maintenance, {
        onStep: what => bar.update(stepText(what, ++done, STEPS)),
        onProgress: ({ table, done: bytes, total }) => bar.update(stepText(`partitioning ${table}`, bytes, total)),
      })
      if (report === undefined) continue
      bar.update(stepText('done', 1, 1))
      return report
    }
  } finally {
    bar.stop()
  }
  throw new SensoriumError('USAGE', 'a running Sensorium is maintaining the database right now; try again in a while')
}

function reportText(report: MaintenanceReport): string {
  const lines = [
    ...Object.entries(report.dropped).map(([table, parts]) => `${table}: dropped ${parts} expired`),
    ...Object.entries(report.moved).map(([table, rows]) => `${table}: gave ${rows} odd rows partitions of their own`),
    ...Object.entries(report.deleted).map(([table, rows]) => `${table}: deleted ${rows} rows`),
    ...report.converted.map(table => `${table}: partitioned`),
    ...report.policiesChanged,
  ]
  if (report.ledgerRowsMoved > 0) lines.push(`ledger: added ${report.ledgerRowsMoved} old requests to the totals`)
  if (report.analyzed.length > 0) lines.push(`statistics: renewed for ${report.analyzed.length} partitions`)
  if (report.summarized.length > 0) lines.push(`indexes on time: ${report.summarized.length} brought up to date`)
  return lines.length === 0 ? 'nothing to do' : lines.join('\n')
}
