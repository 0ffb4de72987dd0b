import { Command } from 'commander'
import { type MigrationEvent, migrate, plannedMigrations } from '../../store/migrate.ts'
import { openStore } from '../../store/open.ts'
import { configOption, readConfiguration } from '../configuration.ts'
import { silentLogger } from '../logging.ts'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to the schema of this version (start does it too)')
    .addOption(configOption())
    .option('-n, --dry-run', 'list what would run, and change nothing')
    .addHelpText(
      'after',
      `
Migrations only go forward. Those for TimescaleDB and pgvector run where the server has them; install an extension
later and run this again. Replicas may run it at the same time: one works, the others wait.`,
    )
    .action(async (options: { config: string; dryRun?: true }) => {
      const { database } = await readConfiguration(options.config)
      const store = await openStore(database, silentLogger(), { attach: true })
      try {
        if (options.dryRun) {
          const planned = await plannedMigrations(store)
          console.log(planned.length === 0 ? `${store.target} is up to date` : planned.join('\n'))
          return
        }
        const applied = await migrate(store, { onEvent: event => report(event) })
        console.log(`${store.target}: ${applied.length} applied, up to date (${store.capabilities.footing})`)
      } finally {
        await store.close()
      }
    })
}

function report(event: MigrationEvent): void {
  if (event.kind === 'waiting') console.log('another process is migrating; waiting for it')
  if (event.kind === 'applied') console.log(`applied ${event.file} (${Math.round(event.durationMs)} ms)`)
  if (event.kind === 'note') console.log(`note: ${event.message}`)
}
