import path from 'node:path'
import { Command } from 'commander'
import { backUp } from '../../store/backup/dump.ts'
import { restore } from '../../store/backup/restore.ts'
import { withClient } from '../../store/connect.ts'
import { configOption } from '../config-option.ts'
import { printJson } from '../terminal/guard.ts'
import { startStepBar, stepText } from '../terminal/step-bar.ts'
import { printTable } from '../terminal/table.ts'
import { withMigrated } from '../with-store.ts'

interface Options {
  readonly config: string
  readonly json?: true
}

export function backupCommand(): Command {
  return command('backup', 'write all rows, as they are at one moment, into a file, while rows come in')
    .argument('<file>', 'to write, such as sensorium.backup')
    .action((file: string, options: Options) => run(options, 'backed up', file, backUp, false))
}

export function restoreCommand(): Command {
  return command('restore', 'fill an empty database, of whatever kind, from a backup')
    .argument('<file>', 'that `sensorium store backup` wrote')
    .action((file: string, options: Options) => run(options, 'restored', file, restore, true))
}

function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

async function run(options: Options, what: string, file: string, work: typeof backUp, create: boolean): Promise<void> {
  const bar = startStepBar(process.stderr)
  const { rows, books } = await withMigrated(
    options.config,
    async store => {
      const rows = await work(store, path.resolve(file), {
        onTable: (table, index, count) => bar.update(stepText(table, index, count)),
      })
      const { rows: books } = await withClient(store, 'owner', owner =>
        owner.query<{ unaccounted: number }>(
          'SELECT receiver, signal, accepted::float8, stored::float8, unaccounted::float8 FROM ingest_accounting ORDER BY 1, 2',
        ),
      )
      return { rows, books }
    },
    { create },
  ).finally(() => bar.stop())
  if (options.json) return printJson({ rows, books })
  const counts = Object.entries(rows).filter(([, count]) => count > 0)
  printTable(
    ['table', 'rows'],
    counts.map(([table, count]) => ({ table, rows: count })),
  )
  printTable(['receiver', 'signal', 'accepted', 'stored', 'unaccounted'], books)
  console.log(`${what}: ${path.resolve(file)}`)
}
