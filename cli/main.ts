import { Command } from 'commander'
import { configCommand } from './commands/config.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { embedServerCommand } from './commands/embed-server.ts'
import { fingerprintCommand } from './commands/fingerprint.ts'
import { groupsCommand } from './commands/groups.ts'
import { logsCommand } from './commands/logs.ts'
import { mcpCommand } from './commands/mcp.ts'
import { migrateCommand } from './commands/migrate.ts'
import { modelCommand } from './commands/model.ts'
import { nodesCommand } from './commands/nodes.ts'
import { reembedCommand } from './commands/reembed.ts'
import { searchCommand } from './commands/search.ts'
import { sqlCommand } from './commands/sql.ts'
import { startCommand } from './commands/start.ts'
import { storeCommand } from './commands/store.ts'
import { tokensCommand } from './commands/tokens.ts'
import { fail } from './failure.ts'
import { guardTerminal } from './terminal/guard.ts'
import { VERSION } from './version.ts'

// What is written to stderr is for people. `mcp` speaks its protocol on stdout, which no terminal reads.
guardTerminal(process.stderr)
if (process.argv[2] !== 'mcp') guardTerminal(process.stdout)

const program = new Command('sensorium')
  .description('The nervous system of a set of services: OTLP in, committed rows out.')
  .version(VERSION, '-v, --version', 'print the version')
  .showHelpAfterError('(sensorium --help shows what there is)')
  .addHelpText(
    'after',
    `
First steps:
  sensorium start                                   run everything on this machine
  sensorium demo                                    send it a simulated shop with an incident
  sensorium search "payments fail in checkout"      find what goes wrong
  sensorium logs "card refused" --since 24h         find log records by words or ids
  sensorium sql "SELECT * FROM ingest_accounting"   see what was stored`,
  )
  .addCommand(startCommand())
  .addCommand(demoCommand())
  .addCommand(searchCommand())
  .addCommand(logsCommand())
  .addCommand(groupsCommand())
  .addCommand(mcpCommand())
  .addCommand(tokensCommand())
  .addCommand(nodesCommand())
  .addCommand(sqlCommand())
  .addCommand(storeCommand())
  .addCommand(migrateCommand())
  .addCommand(fingerprintCommand())
  .addCommand(embedServerCommand())
  .addCommand(reembedCommand())
  .addCommand(modelCommand())
  .addCommand(configCommand())
  .addCommand(doctorCommand())
  .addCommand(
    new Command('version').description('print the versions of Sensorium and Node').action(() => {
      console.log(`sensorium ${VERSION}, Node ${process.versions.node}`)
    }),
  )

// Whoever reads the output has seen enough: `sensorium fingerprint | head`. What serves others is stopped as by a signal.
program.hook('preAction', (_program, command) => {
  const isServer = ['start', 'embed-server', 'mcp'].includes(command.name())
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(error)
    if (isServer) process.kill(process.pid, 'SIGTERM')
    else process.exit(0)
  })
})

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
}
