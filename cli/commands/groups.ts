import { userInfo } from 'node:os'
import { Command, Option } from 'commander'
import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'
import { hexOf } from '../../pipeline/model/index.ts'
import { changeRules, type Outcome, type RuleChange } from '../../store/fingerprints/group-changes.ts'
import { findById, listGroups, markGroup, showGroup } from '../../store/fingerprints/group-list.ts'
import { readRules } from '../../store/fingerprints/groups.ts'
import { countOf, kindOption, timeOf } from '../arguments.ts'
import { asOwner } from '../as-owner.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { columnsOf } from '../terminal/columns.ts'
import { printJson } from '../terminal/guard.ts'
import { formatTable, printTable } from '../terminal/table.ts'

interface Common {
  readonly config: string
  readonly json?: true
}
interface Change extends Common {
  readonly preview?: true
  readonly note?: string
}

export function groupsCommand(): Command {
  return new Command('groups')
    .addHelpText(
      'after',
      `
Sensorium groups fingerprints by itself; a rule of yours goes on top, is kept, and holds for what comes later, too.
--preview replays all that is stored under the changed rules and shows the groups gained and lost; nothing is kept.
Ids: 16 hex digits, or the first six or more.

  sensorium groups list --kind error --since 24h
  sensorium groups merge 353125ec bdd5a352 --preview
  sensorium groups split bdd5a3527b397734 --note "the storefront's, not the checkout's"
  sensorium groups rules
  sensorium groups resolve 353125ec`,
    )
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(mergeCommand())
    .addCommand(splitCommand())
    .addCommand(rulesCommand())
    .addCommand(resolveCommand())
    .addCommand(markCommand('reopen', 'open', 'take back "resolve"'))
}

function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

function changing(name: string, description: string): Command {
  return command(name, description).option('-p, --preview', 'show what it would do, and keep nothing')
}

function listCommand(): Command {
  return command('list', 'groups with the most records first')
    .option('--since <time>', 'seen at this time or later: 15m, 24h, 7d, or an ISO 8601 time', timeOf)
    .option('--service <name>', 'seen in this service')
    .option('--env <name>', 'seen in this environment')
    .addOption(kindOption())
    .addOption(new Option('--status <status>', 'of the group').choices(['open', 'resolved', 'regressed']))
    .option('--limit <n>', 'at most so many groups', countOf(10_000), 50)
    .action(async (options: Common & { since?: Date; env?: string; limit: number }) => {
      const { env: environment, ...filter } = options
      const groups = await asReader(options.config, client => listGroups(client, { ...filter, environment }))
      if (options.json) return printJson(groups)
      const columns = ['group_id', 'records', 'fingerprints', 'kind', 'status', 'last_seen', 'services', 'template']
      const rows = groups.map(group => ({
        ...group,
        last_seen: group.last_seen.toISOString().slice(0, 19),
        services: group.services.join(' '),
      }))
      printTable(columns, rows)
    })
}

function showCommand(): Command {
  return command('show', 'a group: its fingerprints, and how it came about')
    .argument('<id>', 'of the group, or of a fingerprint in it')
    .action(async (id: string, options: Common) => {
      const details = await asReader(options.config, async client =>
        showGroup(client, (await findById(client, id)).group),
      )
      if (options.json) return printJson(details)
      const { summary, members, moves } = details
      console.log(
        `group ${summary.group_id}, ${summary.status}: ${summary.records} records of ${summary.services.join(', ')}\n`,
      )
      printTable(
        ['fingerprint', 'records', 'status', 'first_release', 'template'],
        members.map(member => ({ ...member })),
      )
      if (moves.length > 0) {
        const rows = moves.map(move => ({ ...move, moved_at: move.moved_at.toISOString().slice(0, 19) }))
        console.log()
        printTable(['moved_at', 'fingerprint', 'old_group', 'new_group', 'reason'], rows)
      }
    })
}

function mergeCommand(): Command {
  return changing('merge', 'make one group of several')
    .argument('<ids...>', 'of groups, or of fingerprints that stand for theirs; the first one keeps its id')
    .option('--note <text>', 'why, for whoever reads the rules')
    .action(async (ids: string[], options: Change) => {
      if (ids.length < 2) throw new SensoriumError('USAGE', 'give the ids of two groups or more')
      await change(options, async client => {
        const found = []
        for (const id of ids) found.push(await findById(client, id))
        return { add: { kind: 'merge', fingerprints: found.map(one => one.fingerprint), ...origin(options) } }
      })
    })
}

function splitCommand(): Command {
  return changing('split', 'make a group of their own of these fingerprints')
    .argument('<fingerprints...>', 'as sensorium groups show prints them')
    .option('--note <text>', 'why, for whoever reads the rules')
    .action(async (ids: string[], options: Change) => {
      await change(options, async client => {
        const fingerprints: bigint[] = []
        for (const id of ids) {
          const found = await findById(client, id)
          if (!found.isFingerprint) {
            throw new SensoriumError('USAGE', `${id} is a group: name its fingerprints (sensorium groups show ${id})`)
          }
          fingerprints.push(found.fingerprint)
        }
        return { add: { kind: 'split', fingerprints, ...origin(options) } }
      })
    })
}

function rulesCommand(): Command {
  return changing('rules', 'list the rules, or forget one')
    .option('--remove <rule>', 'its number: the groups become what they would be without it', countOf(2 ** 31 - 1))
    .action(async (options: Change & { remove?: number }) => {
      const { remove } = options
      if (remove === undefined) return listRules(options)
      await change(options, async client => {
        if (!(await readRules(client)).some(({ id }) => id === remove)) {
          throw new SensoriumError('USAGE', `there is no rule ${remove}; sensorium groups rules lists them`)
        }
        return { remove }
      })
    })
}

async function listRules({ config, json }: Common): Promise<void> {
  const rules = await asReader(config, readRules)
  const rows = rules.map(rule => ({
    rule: rule.id,
    kind: rule.kind,
    fingerprints: rule.fingerprints.map(hexOf),
    note: rule.note,
    created_by: rule.createdBy,
    created_at: rule.createdAt.toISOString().slice(0, 19),
  }))
  if (json) return printJson(rows)
  const columns = ['rule', 'kind', 'fingerprints', 'note', 'created_by', 'created_at']
  const shown = rows.map(row => ({ ...row, fingerprints: row.fingerprints.join(' ') }))
  printTable(columns, shown)
}

interface Fix extends Common {
  readonly fixedIn?: string
  readonly commit?: string
}

function resolveCommand(): Command {
  return markCommand('resolve', 'resolved', 'mark a group as resolved; if it is seen again, that is a finding')
    .option('--fixed-in <version>', 'the version with the fix: seen on an older one it stays resolved')
    .option('--commit <sha>', 'the commit of the fix')
}

function markCommand(name: string, status: 'open' | 'resolved', description: string): Command {
  return command(name, description)
    .argument('<id>', 'of the group, or of a fingerprint in it')
    .action(async (id: string, { config, json, fixedIn, commit }: Fix) => {
      const { group, changed } = await asOwner(config, async client => {
        const found = await findById(client, id)
        return { group: hexOf(found.group), changed: await markGroup(client, found.group, status, { fixedIn, commit }) }
      })
      if (json) printJson({ group_id: group, status, fingerprints: changed })
      else console.log(`group ${group} is ${status} (${changed} fingerprints changed)`)
    })
}

function origin({ note = '' }: Change): { note: string; createdBy: string } {
  return { note, createdBy: userInfo().username }
}

async function change(options: Change, ruleOf: (client: pg.ClientBase) => Promise<RuleChange>): Promise<void> {
  const { outcome, isRemoval } = await asOwner(options.config, async client => {
    const rule = await ruleOf(client)
    return { outcome: await changeRules(client, rule, options.preview === true), isRemoval: rule.add === undefined }
  })
  if (options.json) return printJson(outcome)
  console.log(outcomeText(outcome, isRemoval ? `rule ${outcome.rule} is gone` : `kept as rule ${outcome.rule}`))
}

function outcomeText({ effects, isKept }: Outcome, done: string): string {
  const columns = ['change', 'group_id', 'fingerprints_before', 'fingerprints_after', 'records_before', 'records_after']
  const count = (kind: string) => effects.filter(effect => effect.change === kind).length
  const what =
    effects.length === 0
      ? 'no group changes'
      : formatTable(
          columns,
          effects.map(effect => ({ ...effect })),
          columnsOf(process.stdout),
        )
  const sum = `${count('gained')} groups gained, ${count('lost')} lost`
  return `${what}\n${sum}; ${isKept ? done : 'a preview: nothing was kept'}`
}
