import { Command } from 'commander'
import {
  acknowledgeIncident,
  type IncidentDetails,
  listIncidents,
  readIncident,
  resolveIncident,
  type Word,
} from '../../store/reflexes/people.ts'
import { asOwner } from '../as-owner.ts'
import { asReader } from '../database.ts'
import { printJson, printLines } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'
import { command, type ListOptions, listOptions, type WordOptions, wordOf, wordOptions } from './anomalies-stored.ts'

export function incidentsCommand(): Command {
  return new Command('incidents')
    .addHelpText(
      'after',
      `
  sensorium incidents list --open
  sensorium incidents show 3f2a
  sensorium incidents ack 3f2a --by nana --why "rolling back"
  sensorium incidents resolve 3f2a --true`,
    )
    .addCommand(
      listOptions(command('list', 'incidents, the newest first')).action(async (options: ListOptions) => {
        const { service, open: isOpen = false, since, limit } = options
        const rows = await asReader(options.config, client => listIncidents(client, { service, isOpen, since, limit }))
        if (options.json) return printJson(rows)
        const opened = rows.map(row => ({ ...row, opened: row.opened_at.toISOString().slice(0, 16) }))
        printTable(['id', 'state', 'severity', 'opened', 'title', 'shared', 'members', 'acknowledged_by'], opened)
      }),
    )
    .addCommand(
      command('show', 'one incident: origin, what its failures share, what changed before, findings, timeline')
        .argument('<id>', 'its id, or the beginning')
        .action(async (id: string, options: { readonly config: string; readonly json?: true }) => {
          const incident = await asReader(options.config, client => readIncident(client, id))
          if (options.json) printJson(incident)
          else printLines(written(incident))
        }),
    )
    .addCommand(wordCommand('ack', 'take it: nobody is reminded any more', acknowledgeIncident, 'acknowledged'))
    .addCommand(wordCommand('resolve', 'say that it is over', resolveIncident, 'resolved'))
}

type Saying = (client: Parameters<typeof acknowledgeIncident>[0], id: string, word: Word) => Promise<string>

function wordCommand(name: string, description: string, say: Saying, done: string): Command {
  return wordOptions(command(name, description).argument('<id>', 'its id, or the beginning')).action(
    async (id: string, options: WordOptions) => {
      const word = wordOf(options)
      const whole = await asOwner(options.config, client => say(client, id, word))
      if (options.json)
        printJson({ id: whole, [done]: true, by: word.by, why: word.why ?? null, is_true: word.isTrue ?? null })
      else console.log(`${done} ${whole} as ${word.by}`)
    },
  )
}

function written(incident: IncidentDetails): string {
  const time = (at: Date | number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')
  const lines = [
    incident.title,
    `${incident.id}  ${incident.state}  ${incident.severity}  ${incident.environment}  since ${time(incident.began_at)} UTC${incident.resolved_at === null ? '' : `, resolved ${time(incident.resolved_at)}`}`,
    `origin    ${[incident.service, incident.operation, incident.dependency === null ? null : `calling ${incident.dependency}`].filter(Boolean).join(' ')}`,
    ...(incident.owner === null ? [] : [`owner     ${incident.owner}`]),
    ...(incident.entities_hit === null ? [] : [`hit       ${incident.entities_hit} users or requests`]),
    ...(incident.shared === null ? [] : [`share     ${incident.shared}`]),
    ...incident.changed_before.map((change, i) => `${i === 0 ? 'changed   ' : '          '}${change}`),
    ...(incident.acknowledged_by === null
      ? []
      : [
          `taken by  ${incident.acknowledged_by}${incident.acknowledged_why === null ? '' : `: ${incident.acknowledged_why}`}`,
        ]),
    '',
    ...incident.findings.map(one => `${one.role.padEnd(10)}${one.severity.padEnd(9)}${one.description}`),
    '',
    ...incident.timeline.map(({ at, text }) => `${time(at)}  ${text}`),
  ]
  return `${lines.join('\n')}\n`
}
