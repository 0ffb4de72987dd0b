import { Command } from 'commander'
import { type MigrationEvent, migrate, plannedMigrations } from '../../store/migrate.ts'
import { openStore } from '../../store/open.ts'
import { configOption } from '../config-option.ts'
import { readDatabaseConfiguration } from '../database.ts'
import { silentLogger } from '../logging.ts'
import { type StepBar, startStepBar, stepText } from '../terminal/step-bar.ts'

export function migrateCommand(): Command {
  return new Command('migrate')
    .addOption(configOption())
    .option('-n, --dry-run', 'list what would run, and change nothing')
    .addHelpText(
      'after',
      `
Migrations only go forward. Tables of an older release are partitioned while rows come in and are read; killed in
between, the next run goes on (start does the same in the background). Those for TimescaleDB and pgvector run where the server has them; install an extension
later and run this again. Replicas may run it at the same time: one works, the others wait.`,
    )
    .action(async (options: { config: string; dryRun?: true }) => {
      const { database, maintenance } = await readDatabaseConfiguration(options.config)
      const store = await openStore(database, silentLogger(), {
        attach: true,
        // A list of what would run changes nothing, so it makes no database either.
        create: options.dryRun !== true,
      })
      try {
        if (options.dryRun) {
          const planned = await plannedMigrations(store)
          console.log(planned.length === 0 ? `${store.target} is up to date` : planned.join('\n'))
          return
        }
        const bar = startStepBar(process.stderr)
        const applied = await migrate(store, { settings: maintenance, onEvent: event => report(event, bar) })
        bar.stop()
        console.log(`${store.target}: ${applied.length} applied, up to date (${store.capabilities.footing})`)
      } finally {
        await store.close()
      }
    })
}

function report(event: MigrationEvent, bar: StepBar): void {
  if (event.kind === 'partitioning') bar.update(stepText(`partitioning ${event.table}`, event.done, event.total))
  if (event.kind === 'partitioned') console.log(`${event.table} is partitioned by time`)
  if (event.kind === 'waiting') console.log('another process is migrating; waiting for it')
  if (event.kind === 'applied') console.log(`applied ${event.file} (${Math.round(event.durationMs)} ms)`)
  if (event.kind === 'note') console.log(`note: ${event.message}`)
}
