import { Command } from 'commander'
import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'
import { addToken, listTokens, revokeToken } from '../../store/tokens.ts'
import { asOwner } from '../as-owner.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'

interface Common {
  readonly config: string
  readonly json?: true
}

export function tokensCommand(): Command {
  return new Command('tokens')
    .addHelpText(
      'after',
      `
A token is shown once; the database keeps its SHA-256 only. One that is limited to services sees nothing of the others.

  sensorium tokens add "Ada's agent"
  sensorium tokens add "shop team" --services shop,checkout
  sensorium tokens revoke 1a2b3c4d`,
    )
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
}

function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

function addCommand(): Command {
  return command('add', 'make a token and print it')
    .argument('<name>', 'whose it is')
    .option('--services <names>', 'services and products that it may see, with commas; default: all')
    .action(async (name: string, options: Common & { services?: string }) => {
      const services = options.services
        ?.split(',')
        .map(one => one.trim())
        .filter(Boolean)
      if (name.trim() === '' || services?.length === 0)
        throw new SensoriumError('USAGE', 'give a name, and services if any')
      const { tokenId, token, unknown } = await asOwner(options.config, async client => ({
        ...(await addToken(client, name, services)),
        unknown: await unseen(client, services ?? []),
      }))
      if (unknown.length > 0) console.error(`nothing came from ${unknown.join(', ')} yet; is the spelling right?`)
      if (options.json) return printJson({ token_id: tokenId, token })
      console.log(`token ${tokenId}\n${token}\n\nIt is not shown again. Agents send it as authorization: Bearer TOKEN`)
    })
}

/** Those of the services that no record names. */
async function unseen(client: pg.ClientBase, services: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ service: string }>(
    'SELECT service FROM unnest($1::text[]) AS asked (service) EXCEPT SELECT service FROM fingerprint_counts ORDER BY 1',
    [services],
  )
  return rows.map(({ service }) => service)
}

function listCommand(): Command {
  return command('list', 'tokens, without the tokens themselves').action(async (options: Common) => {
    const tokens = await asReader(options.config, listTokens)
    if (options.json) return printJson(tokens)
    const rows = tokens.map(token => ({
      ...token,
      services: token.services?.join(' ') ?? 'all',
      state: token.revoked_at === null ? 'active' : 'revoked',
      created_at: token.created_at.toISOString().slice(0, 19),
    }))
    printTable(['token_id', 'name', 'services', 'state', 'created_at'], rows)
  })
}

function revokeCommand(): Command {
  return command('revoke', 'the token stops working within two seconds')
    .argument('<id>', 'of the token')
    .action(async (id: string, options: Common) => {
      await asOwner(options.config, client => revokeToken(client, id))
      if (options.json) printJson({ token_id: id, revoked: true })
      else console.log(`revoked the token ${id}`)
    })
}
