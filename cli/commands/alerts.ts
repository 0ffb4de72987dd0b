import { Command } from 'commander'
import { listNotifications, listOpenFindings } from '../../store/notifications/list.ts'
import { countOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'
import { alertsTestCommand } from './alerts-test.ts'

interface Common {
  readonly config: string
  readonly json?: true
}

export function alertsCommand(): Command {
  return new Command('alerts')
    .addHelpText(
      'after',
      `
  sensorium alerts send-test slack/ops    is the destination told? says what it answered
  sensorium alerts list                   what fires, who was told of it, and what holds it back
  sensorium alerts outbox                 messages and what became of them
  sensorium alerts test config/alerts.yaml --since 14d`,
    )
    .addCommand(sendTestCommand())
    .addCommand(listCommand())
    .addCommand(outboxCommand())
    .addCommand(alertsTestCommand())
}

function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

function sendTestCommand(): Command {
  return command('send-test', 'tell a destination of a test, by the way that findings go')
    .argument('<destination>', 'an exporter of the configuration, such as slack or email/ops')
    .action(async (destination: string, options: Common) => {
      const { sendTest } = await import('../send-test.ts')
      const answer = await sendTest(options.config, destination)
      if (options.json) printJson({ destination, answer })
      else console.log(`${destination} was told: ${answer}`)
    })
}

function listCommand(): Command {
  return command('list', 'findings that fire, as each destination knows them').action(async (options: Common) => {
    const findings = await asReader(options.config, listOpenFindings)
    if (options.json) return printJson(findings)
    const rows = findings.map(finding => ({
      ...finding,
      since: shortTime(finding.since),
      told_at: shortTime(finding.told_at),
    }))
    printTable(['destination', 'severity', 'service', 'title', 'since', 'told_at', 'held_back_by'], rows)
  })
}

const SHOWN = 50
const SHOWN_MAX = 1_000

function outboxCommand(): Command {
  return command('outbox', 'messages, the newest first, and what became of them')
    .option('--limit <count>', 'how many', countOf(SHOWN_MAX), SHOWN)
    .action(async (options: Common & { limit: number }) => {
      const notifications = await asReader(options.config, client => listNotifications(client, options.limit))
      if (options.json) return printJson(notifications)
      const rows = notifications.map(one => ({ ...one, created_at: shortTime(one.created_at) }))
      printTable(['created_at', 'destination', 'change', 'findings', 'first', 'state', 'attempts', 'answer'], rows)
    })
}

function shortTime(time: Date | null): string | null {
  return time?.toISOString().slice(0, 16) ?? null
}
