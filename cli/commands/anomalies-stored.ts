import { userInfo } from 'node:os'
import { Command, Option } from 'commander'
import { initializeBaselines } from '../../store/reflexes/baselines.ts'
import { type AnomalyRow, acknowledge, listAnomalies, type Word } from '../../store/reflexes/people.ts'
import { countOf, sinceOption } from '../arguments.ts'
import { asOwner } from '../as-owner.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'

interface Common {
  readonly config: string
  readonly json?: true
}

const LIMIT_MAX = 10_000

export function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

export interface ListOptions extends Common {
  readonly service?: string
  readonly open?: true
  readonly since: Date
  readonly limit: number
}

export function listOptions(one: Command): Command {
  return one
    .option('--service <name>', 'of this service alone')
    .option('--open', 'only what goes on')
    .addOption(sinceOption('--since <time>', 'from when on: 24h, 7d, a time', '24h'))
    .option('--limit <n>', 'at most so many, the newest', countOf(LIMIT_MAX), 50)
}

export function listCommand(): Command {
  return listOptions(command('list', 'what was unusual, the newest first')).action(async (options: ListOptions) => {
    const { service, open: isOpen = false, since, limit } = options
    const rows = await asReader(options.config, client => listAnomalies(client, { service, isOpen, since, limit }))
    if (options.json) return printJson(rows)
    printTable(
      ['id', 'state', 'severity', 'type', 'since', 'description', 'shared', 'acknowledged', 'incident'],
      rows.map(shown),
    )
  })
}

function shown(row: AnomalyRow) {
  return {
    ...row,
    id: row.id.slice(0, 8),
    type: row.anomaly_type,
    since: row.started_at.toISOString().slice(0, 16),
    acknowledged: row.acknowledged_by === null ? null : `${row.acknowledged_by}${saidOf(row.is_true)}`,
    incident: row.incident_id,
  }
}

function saidOf(isTrue: boolean | null): string {
  return isTrue === null ? '' : isTrue ? ' (true)' : ' (false)'
}

export interface WordOptions extends Common {
  readonly by: string
  readonly why?: string
  readonly true?: true
  readonly false?: true
}

/** Who, why, and whether it was worth telling: `alerts test` counts with it. */
export function wordOptions(one: Command): Command {
  return one
    .option('--by <name>', 'who says so', userInfo().username)
    .option('--why <text>', 'why')
    .addOption(new Option('--true', 'it was worth telling').conflicts('false'))
    .addOption(new Option('--false', 'it was a false alarm').conflicts('true'))
}

export function wordOf(options: WordOptions): Word {
  return { by: options.by, why: options.why, isTrue: options.true ? true : options.false ? false : undefined }
}

export function ackCommand(): Command {
  return wordOptions(
    command('ack', 'acknowledge one: who, why, and whether it was worth telling').argument(
      '<id>',
      'its id, or the beginning',
    ),
  ).action(async (id: string, options: WordOptions) => {
    const word = wordOf(options)
    const whole = await asOwner(options.config, client => acknowledge(client, id, word))
    if (options.json)
      printJson({ id: whole, acknowledged_by: word.by, why: word.why ?? null, is_true: word.isTrue ?? null })
    else console.log(`acknowledged ${whole} as ${word.by}`)
  })
}

const DAYS_MAX = 400

export function baselineCommand(): Command {
  return command('baseline', 'learn what is usual at each hour of the week, now')
    .option('--days <n>', 'from so many days', countOf(DAYS_MAX), 30)
    .action(async (options: Common & { readonly days: number }) => {
      const learnt = await asOwner(options.config, client => initializeBaselines(client, options.days, Date.now()))
      if (options.json) return printJson(learnt)
      const { series, hours, ignoredHours, from, until } = learnt
      console.log(
        `learnt ${series} series from ${hours} hours, ${from.toISOString().slice(0, 13)}:00 to ${until.toISOString().slice(0, 13)}:00 UTC; left out ${ignoredHours} of known incidents and anomalies`,
      )
    })
}
