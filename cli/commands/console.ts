import { createInterface } from 'node:readline'
import { Command, Option } from 'commander'
import { SensoriumError } from '../../pipeline/errors.ts'
import { disableUser, listUsers, putUser, ROLES, type Role } from '../../store/people/index.ts'
import { asOwner } from '../as-owner.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { readHidden } from '../terminal/read-hidden.ts'
import { printTable } from '../terminal/table.ts'

interface Common {
  readonly config: string
  readonly json?: true
}

export function consoleCommand(): Command {
  const users = new Command('users')
    .description('who may sign in to the console')
    .addHelpText(
      'after',
      `
The password is asked for, or read from standard input. viewer looks; responder also takes, resolves, silences and
merges; admin also sees who did.

  sensorium console users add nana --role responder
  sensorium console users add "shop team" --role viewer --services shop,checkout
  sensorium console users remove nana`,
    )
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand())
  return new Command('console').addCommand(users)
}

function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

interface AddOptions extends Common {
  readonly role: Role
  readonly services?: string
}

function addCommand(): Command {
  return command('add', 'make a user, or give one another password, role or scope')
    .argument('<name>', 'what they sign in as, and what others see')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).default('responder'))
    .option('--services <names>', 'services and products that they may see, with commas; default: all')
    .action(async (name: string, { config, json, role, services: listed }: AddOptions) => {
      const services = listed
        ?.split(',')
        .map(one => one.trim())
        .filter(Boolean)
      if (name.trim() === '' || services?.length === 0) {
        throw new SensoriumError('USAGE', 'give a name, and services if any')
      }
      const password = await readPassword(name)
      await asOwner(config, client => putUser(client, { name: name.trim(), role, services }, password))
      if (json) printJson({ name: name.trim(), role, services: services ?? null })
      else console.log(`${name.trim()} may sign in as ${role}`)
    })
}

async function readPassword(name: string): Promise<string> {
  if (process.stdin.isTTY) return readHidden(`password of ${name}: `)
  for await (const line of createInterface(process.stdin)) return line
  throw new SensoriumError('USAGE', 'no password came on standard input')
}

function listCommand(): Command {
  return command('list', 'users, without their passwords').action(async (options: Common) => {
    const users = await asReader(options.config, listUsers)
    if (options.json) return printJson(users)
    const rows = users.map(user => ({
      ...user,
      services: user.services?.join(' ') ?? 'all',
      signs_in: user.issuer ?? 'with a password',
      state: user.disabled_at === null ? 'active' : 'removed',
      created_at: user.created_at.toISOString().slice(0, 19),
    }))
    printTable(['name', 'role', 'services', 'signs_in', 'state', 'created_at'], rows)
  })
}

function removeCommand(): Command {
  return command('remove', 'they are signed out, and cannot sign in any more')
    .argument('<name>', 'of the user')
    .action(async (name: string, options: Common) => {
      await asOwner(options.config, client => disableUser(client, name))
      if (options.json) printJson({ name, removed: true })
      else console.log(`${name} is signed out and cannot sign in any more`)
    })
}
