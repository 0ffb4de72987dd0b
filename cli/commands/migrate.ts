import { Command } from 'commander'
import { type MigrationEvent, migrate, plannedMigrations } from '../../store/migrate.ts'
import { openStore } from '../../store/open.ts'
import { configOption } from '../config-option.ts'
import { readDatabaseConfiguration } from '../database.ts'
import { silentLogger } from '../logging.ts'
import { printJson } from '../terminal/guard.ts'
import { type StepBar, startStepBar, stepText } from '../terminal/step-bar.ts'

export function migrateCommand(): Command {
  return new Command('migrate')
    .addOption(configOption())
    .option('-n, --dry-run', 'list what would run, and change nothing')
    .option('--json', 'print {"database", "planned": […]} with --dry-run, else {"database", "footing", "applied": […]}')
    .addHelpText(
      'after',
      `
Migrations only go forward. Tables of an older release are partitioned while rows come in and are read; killed in
between, the next run goes on (start does the same in the background). Those for TimescaleDB and pgvector run where the server has them; install an extension
later and run this again. Replicas may run it at the same time: one works, the others wait.`,
    )
    .action(async (options: { config: string; dryRun?: true; json?: true }) => {
      const { database, maintenance } = await readDatabaseConfiguration(options.config)
      const store = await openStore(database, silentLogger(), {
        attach: true,
        // A list of what would run changes nothing, so it makes no database either.
        create: options.dryRun !== true,
      })
      try {
        if (options.dryRun) {
          const planned = await plannedMigrations(store)
          if (options.json) printJson({ database: store.target, planned })
          else console.log(planned.length === 0 ? `${store.target} is up to date` : planned.join('\n'))
          return
        }
        const say = options.json ? console.error : console.log
        const bar = startStepBar(process.stderr)
        const applied = await migrate(store, { settings: maintenance, onEvent: event => report(event, bar, say) })
        bar.stop()
        const { footing } = store.capabilities
        if (options.json) printJson({ database: store.target, footing, applied })
        else console.log(`${store.target}: ${applied.length} applied, up to date (${footing})`)
      } finally {
        await store.close()
      }
    })
}

function report(event: MigrationEvent, bar: StepBar, say: (text: string) => void): void {
  if (event.kind === 'partitioning') bar.update(stepText(`partitioning ${event.table}`, event.done, event.total))
  if (event.kind === 'partitioned') say(`${event.table} is partitioned by time`)
  if (event.kind === 'waiting') say('another process is migrating; waiting for it')
  if (event.kind === 'applied') say(`applied ${event.file} (${Math.round(event.durationMs)} ms)`)
  if (event.kind === 'note') say(`note: ${event.message}`)
}
