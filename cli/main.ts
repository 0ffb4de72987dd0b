import { Command } from 'commander'
import { addCommands, addCompletion } from './commands.ts'
import { fail } from './failure.ts'
import { columnsOf } from './terminal/columns.ts'
import { guardTerminal } from './terminal/guard.ts'
import { VERSION } from './version.ts'

// What is written to stderr is for people. `mcp` speaks its protocol on stdout, which no terminal reads.
guardTerminal(process.stderr)
if (process.argv[2] !== 'mcp') guardTerminal(process.stdout)

/** `sensorium help sql` is what `sensorium sql --help` is. */
const given = process.argv.slice(2)
const args = given[0] === 'help' ? [...given.slice(1), '--help'] : given

const FIRST_STEPS: readonly (readonly [command: string, what: string])[] = [
  ['sensorium start', 'run everything on this machine'],
  ['sensorium demo', 'send it a simulated shop with an incident'],
  ['sensorium explain', 'what is unusual, since when, and which deploy is to blame'],
  ['sensorium search "payments fail in checkout"', 'find what goes wrong'],
  ['sensorium logs "card refused" --since 24h', 'find log records by words or ids'],
  ['sensorium sql "SELECT * FROM ingest_accounting"', 'see what was stored'],
]
const COMMAND_CELLS = Math.max(...FIRST_STEPS.map(([command]) => command.length))

/** In two columns where there is room, else one below the other. */
function firstSteps(columns: number): string {
  const beside = FIRST_STEPS.map(([command, what]) => `  ${command.padEnd(COMMAND_CELLS)}   ${what}`)
  if (beside.every(line => line.length <= columns)) return beside.join('\n')
  return FIRST_STEPS.map(([command, what]) => `  ${command}\n    ${what}`).join('\n')
}

const program = new Command('sensorium')
  .description('The nervous system of a set of services: OTLP in, committed rows out.')
  .version(VERSION, '-v, --version', 'print the version')
  .showHelpAfterError('(sensorium --help shows what there is)')
  .helpCommand(false)
  .addHelpText(
    'after',
    () => `
First steps:
${firstSteps(columnsOf(process.stdout))}

Answers go to stdout, everything else to stderr; the exit code is 0, or 1 with a sentence that says what to do.
Each command has its own help: sensorium help sql`,
  )
// No option of the program takes a value, so the first word is the command.
const [first] = args.filter(word => !word.startsWith('-'))
await addCommands(program, name => name === first)
if (first === 'complete') await addCompletion(program)
// Of what is no command there is no help: that is said, as where it is called.
const isUnknown = first !== undefined && !program.commands.some(one => one.name() === first)

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
  await program.parseAsync(isUnknown ? [first] : args, { from: 'user' })
} catch (error) {
  fail(error)
}
