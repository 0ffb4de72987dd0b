import { Command } from 'commander'
import { SensoriumError } from '../../pipeline/errors.ts'
import { sqlState, withClient } from '../../store/connect.ts'
import { countOf, sinceOption, timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { printJson } from '../terminal/guard.ts'

interface Options {
  readonly config: string
  readonly since: Date
  readonly until?: Date
  readonly service?: string
  readonly env?: string
  readonly limit: number
  readonly json?: true
}

const INVALID_PARAMETER = '22023'

export function logsCommand(): Command {
  return new Command('logs')
    .argument('<words>', 'whole words, in any case; "in quotes" is a phrase')
    .addOption(configOption())
    .addOption(sinceOption('--since <time>', 'from then on: 15m, 24h, 7d, or an ISO 8601 time', '1h'))
    .option('--until <time>', 'until then, instead of now', timeOf)
    .option('--service <name>', 'of this service')
    .option('--env <name>', 'of this environment; prod is also production')
    .option('--limit <n>', 'at most so many records', countOf(10_000), 100)
    .option('--json', 'print one array of whole records')
    .addHelpText(
      'after',
      `
  sensorium logs "credit memo" --since 7d
  sensorium logs ord_7f3k9x2m --since 30d --json

The same in SQL: SELECT * FROM log_search('credit memo', now() - interval '7 days')`,
    )
    .action(async (words: string, options: Options) => {
      const rows = await search(words, options)
      if (options.json) printJson(rows)
      else for (const row of rows) console.log(lineOf(row))
      if (rows.length === options.limit) console.error(`the newest ${options.limit}; --limit and --until show others`)
    })
}

/** Of one record a line, whatever the message held. */
function lineOf({ timestamp, service, level, message }: Readonly<Record<string, unknown>>): string {
  return `${timestamp}  ${service}  ${level}  ${message}`.replaceAll('\n', '⏎')
}

async function search(words: string, options: Options): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { since, until, limit, service, env } = options
  try {
    return await withStore(options.config, store =>
      withClient(store, 'reader', async client => {
        const { rows } = await client.query<{ row: Readonly<Record<string, unknown>> }>(
          `SELECT to_jsonb(l) - 'fingerprint' || jsonb_build_object('fingerprint', lpad(to_hex(l.fingerprint), 16, '0')) AS row
         FROM log_search($1, $2, $3, $4, $5, $6) l`,
          [words, since, until ?? new Date(), limit, service === undefined ? null : [service], env ?? null],
        )
        return rows.map(({ row }) => row)
      }),
    )
  } catch (error) {
    if (sqlState(error) !== INVALID_PARAMETER) throw error
    throw new SensoriumError('USAGE', 'there is no word to look for; name one, such as sensorium logs "credit memo"')
  }
}
