import { Command, Option } from 'commander'
import {
  FIX_TYPES,
  type KnownIssue,
  MATCH_KINDS,
  matcherOf,
  patternFault,
  SOURCES,
} from '../../analysis/known-issues/match.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { matchesInHistory } from '../../store/known-issues/history.ts'
import { type NewIssue, readKnownIssues, writeKnownIssue } from '../../store/known-issues/issues.ts'
import { sinceOption } from '../arguments.ts'
import { asOwner } from '../as-owner.ts'
import { asReader } from '../database.ts'
import { readIssues } from '../known-issues-file.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'
import { command } from './anomalies-stored.ts'

interface Common {
  readonly config: string
  readonly json?: true
}

export function knownIssuesCommand(): Command {
  return new Command('known-issues')
    .addHelpText(
      'after',
      `
  sensorium known-issues list
  sensorium known-issues test 'UNCAUGHT: EADDRINUSE 127.0.0.1:9847'
  sensorium known-issues add port-conflict --pattern EADDRINUSE --fix update --fix-version 0.3.1 --auto-resolve --preview
  sensorium known-issues import config/known-issues.yaml --preview`,
    )
    .addCommand(listCommand())
    .addCommand(addCommand())
    .addCommand(testCommand())
    .addCommand(importCommand())
}

function listCommand(): Command {
  return command('list', 'the issues that are known, with what mends them').action(async (options: Common) => {
    const issues = await asReader(options.config, readKnownIssues)
    if (options.json) return printJson(issues)
    const rows = issues.map(issue => ({
      ...issue,
      match: issue.matchKind,
      fix: issue.fixType,
      in: issue.fixVersion,
      auto: issue.autoResolve ? 'yes' : 'no',
      status: issue.status === 'reopened' ? `reopened on ${issue.reopenedVersion ?? 'a version'}` : issue.status,
    }))
    printTable(['name', 'match', 'pattern', 'fix', 'in', 'auto', 'status', 'description'], rows)
  })
}

interface AddOptions extends Common {
  readonly pattern: string
  readonly match: KnownIssue['matchKind']
  readonly source?: readonly string[]
  readonly service?: readonly string[]
  readonly description?: string
  readonly fix?: KnownIssue['fixType']
  readonly fixVersion?: string
  readonly commit?: string
  readonly instructions?: string
  readonly autoResolve?: true
  readonly preview?: true
  readonly since: Date
}

function previewed(one: Command): Command {
  return one
    .option('-p, --preview', 'show what of history it matches, and keep nothing')
    .addOption(sinceOption('--since <time>', 'history from then on: 24h, 7d, a time', '30d'))
}

function addCommand(): Command {
  return previewed(command('add', 'add an issue, or change the one of this name'))
    .argument('<name>', 'short and without spaces')
    .requiredOption('--pattern <text>', 'what its records say: an RE2 expression, words, or 16 hex digits')
    .addOption(new Option('--match <kind>', 'what the pattern is').choices(MATCH_KINDS).default('regex'))
    .addOption(new Option('--source <names...>', 'only of these').choices(SOURCES))
    .option('--service <names...>', 'only of these')
    .option('--description <text>', 'what it is')
    .addOption(new Option('--fix <type>', 'what mends it').choices(FIX_TYPES))
    .option('--fix-version <version>', 'the version with the fix')
    .option('--commit <sha>', 'the commit of the fix')
    .option('--instructions <json>', 'config_change: what to change')
    .option('--auto-resolve', 'the fix may be asked for without a person')
    .action(async (name: string, options: AddOptions) => {
      const { config, json, preview, since } = options
      const issue = issueOf(name, options)
      if (preview) return tellHistory(config, [issue], since, json)
      const id = await asOwner(config, client => writeKnownIssue(client, issue))
      if (json) printJson({ id, name })
      else console.log(`kept: ${name}`)
    })
}

function issueOf(name: string, options: AddOptions): NewIssue {
  const { pattern, match, source, service, description, fix, fixVersion, commit, instructions, autoResolve } = options
  return {
    ...{ name, pattern, matchKind: match, sources: source, services: service, description, fixType: fix, fixVersion },
    ...{ fixCommit: commit, autoResolve: autoResolve === true },
    fixInstructions: instructions === undefined ? undefined : jsonOf(instructions),
  }
}

/** @throws SensoriumError USAGE */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new SensoriumError('USAGE', 'the instructions are no JSON', { cause })
  }
}

function testCommand(): Command {
  return command('test', 'which issue a text shows')
    .argument('<text>', 'of a log line or a crash report')
    .action(async (text: string, options: Common) => {
      const match = matcherOf(await asReader(options.config, readKnownIssues))
      const facts = { service: '', text, fingerprint: undefined, group: undefined }
      const issue = SOURCES.map(source => match({ ...facts, source })).find(one => one !== undefined)
      if (options.json) printJson(issue ?? null)
      else if (issue === undefined) console.log('no known issue')
      else
        console.log(
          `${issue.name}: ${issue.description ?? ''}${issue.fixVersion === undefined ? '' : ` (fixed in ${issue.fixVersion})`}`,
        )
    })
}

function importCommand(): Command {
  return previewed(command('import', 'add the issues of a YAML file: a list with the columns of node_known_issues'))
    .argument('<file>', 'such as config/known-issues.yaml')
    .action(async (file: string, { config, json, preview, since }: Common & Pick<AddOptions, 'preview' | 'since'>) => {
      const issues = await readIssues(file)
      if (preview) return tellHistory(config, issues, since, json)
      await asOwner(config, async client => {
        for (const issue of issues) await writeKnownIssue(client, issue)
      })
      if (json) printJson({ kept: issues.map(({ name }) => name) })
      else console.log(`kept: ${issues.map(({ name }) => name).join(', ')}`)
    })
}

async function tellHistory(
  config: string,
  issues: readonly NewIssue[],
  since: Date,
  json: true | undefined,
): Promise<void> {
  for (const { name, pattern, matchKind } of issues) {
    const fault = patternFault(pattern, matchKind)
    if (fault !== undefined) throw new SensoriumError('USAGE', `the pattern of ${name}: ${fault}`)
  }
  const found = await asReader(config, async client => {
    const all = []
    for (const issue of issues)
      all.push({ name: issue.name, matches: await matchesInHistory(client, { id: '', ...issue }, since) })
    return all
  })
  if (json) return printJson(found)
  for (const { name, matches } of found) {
    console.log(
      `${name}: ${matches.length} distinct problems, ${matches.reduce((sum, { records }) => sum + records, 0)} records`,
    )
    const rows = matches.map(one => ({
      ...one,
      services: one.services.join(' '),
      last_seen: one.last_seen.toISOString().slice(0, 19),
    }))
    if (rows.length > 0)
      printTable(['fingerprint', 'records', 'services', 'first_release', 'last_seen', 'template'], rows)
  }
}
