import { userInfo } from 'node:os'
import { Command, Option } from 'commander'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import { addSilence, endSilence, listSilences } from '../../store/notifications/silences.ts'
import { countOf, timeOf } from '../arguments.ts'
import { asOwner } from '../as-owner.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'

interface Common {
  readonly config: string
  readonly json?: true
}

export function silencesCommand(): Command {
  return new Command('silences')
    .addHelpText(
      'after',
      `
Nobody is told of findings that match, from the moment it is made, in pipelines with the processor silence. Matchers are
Alertmanager's; all must hold.

  sensorium silences add 'service="shop"' 'severity!="critical"' --for 2h --why "known, see #41"
  sensorium silences add --maintenance 'environment="prod"' --from 2026-12-05T22:00Z --until 2026-12-06T02:00Z --why "the database moves"
  sensorium silences list
  sensorium silences end 3`,
    )
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(endCommand())
}

function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

interface AddOptions extends Common {
  readonly maintenance?: true
  readonly for?: number
  readonly from?: Date
  readonly until?: Date
  readonly why: string
  readonly by: string
}

function addCommand(): Command {
  return command('add', 'hold back what matches, and print the id')
    .argument('<matchers...>', 'such as service="shop"')
    .requiredOption('--why <text>', 'for those who wonder why it is quiet')
    .addOption(new Option('--for <time>', 'how long, such as 30m, 2h, 3d').argParser(lengthMs))
    .addOption(new Option('--until <time>', 'when it ends, in ISO 8601').argParser(timeOf).conflicts('for'))
    .addOption(new Option('--from <time>', 'when it begins, in ISO 8601; default: now').argParser(timeOf))
    .option('--maintenance', 'a maintenance window: for people the reason is another, for findings it is the same')
    .option('--by <name>', 'who says so', userName())
    .action(async (matchers: string[], options: AddOptions) => {
      const startsAt = options.from ?? new Date()
      const endsAt =
        options.until ?? (options.for === undefined ? undefined : new Date(startsAt.getTime() + options.for))
      if (endsAt === undefined) throw new SensoriumError('USAGE', 'say how long: --for 2h, or --until with a time')
      const kind = options.maintenance ? 'maintenance' : 'silence'
      const silence = { kind, matchers, startsAt, endsAt, createdBy: options.by, reason: options.why } as const
      const id = await asOwner(options.config, client => addSilence(client, silence))
      if (options.json) return printJson({ id })
      console.log(`${kind} ${id}: ${matchers.join(' ')} from ${startsAt.toISOString()} until ${endsAt.toISOString()}`)
    })
}

function listCommand(): Command {
  return command('list', 'those that hold or are to come')
    .option('--all', 'also those that are over')
    .action(async (options: Common & { all?: true }) => {
      const silences = await asReader(options.config, client => listSilences(client, options.all === true))
      if (options.json) return printJson(silences)
      const rows = silences.map(silence => ({
        ...silence,
        matchers: silence.matchers.join(' '),
        starts_at: silence.starts_at.toISOString().slice(0, 16),
        ends_at: silence.ends_at.toISOString().slice(0, 16),
      }))
      printTable(['id', 'kind', 'state', 'matchers', 'starts_at', 'ends_at', 'created_by', 'reason'], rows)
    })
}

function endCommand(): Command {
  return command('end', 'from now on it holds nothing back')
    .argument('<id>', 'of the silence', countOf(Number.MAX_SAFE_INTEGER))
    .option('--by <name>', 'who says so', userName())
    .action(async (id: number, options: Common & { by: string }) => {
      await asOwner(options.config, client => endSilence(client, id, options.by))
      if (options.json) printJson({ id, ended: true })
      else console.log(`silence ${id} holds nothing back any more`)
    })
}

const LENGTH_MAX_MS = 366 * 86_400_000

/** `timeOf` reads it as that long ago. */
function lengthMs(text: string): number {
  const ms = Date.now() - timeOf(text).getTime()
  if (!/^\d+[smhd]$/.test(text) || ms > LENGTH_MAX_MS)
    throw new SensoriumError('USAGE', 'write 30m, 2h or 3d, a year at most')
  return ms
}

/** Accounts in containers may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch (error) {
    return `an account without a name (${errorText(error)})`
  }
}
