import { Command, Option } from 'commander'
import { type Access, withAccess } from '../../mcp/access.ts'
import type { Found } from '../../mcp/answer.ts'
import { errorFingerprintSummary } from '../../mcp/tools/error-fingerprint-summary.ts'
import { explainFailure } from '../../mcp/tools/explain-failure.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { hexOf } from '../../pipeline/model/index.ts'
import { findById } from '../../store/fingerprints/group-list.ts'
import { type IncidentDetails, readIncident } from '../../store/reflexes/people.ts'
import { createSearcher } from '../../store/search/index.ts'
import { countOf, sinceOption, timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { asReader, withStore } from '../database.ts'
import { columnsOf } from '../terminal/columns.ts'
import { foundLines } from '../terminal/found-text.ts'
import { printJson, printPainted } from '../terminal/guard.ts'
import { tellWindow } from './explain-window.ts'

interface Options {
  readonly config: string
  readonly since: Date
  readonly at?: Date
  readonly service?: string
  readonly minutes: number
  readonly before: number
  readonly env: string
  readonly json?: true
}

const MINUTE_MS = 60_000
const MINUTES_MAX = 60
/** A window is read in whole: an hour at most, and as long again three times to compare it with. */
const BEFORE_MAX = 180
/** Of an incident the first minutes are explained, and a little of the time before it. */
const INCIDENT_AFTER_MS = 4 * MINUTE_MS
/** A person at a terminal waits longer than an agent. */
const STATEMENT_TIMEOUT_MS = 30_000

export function explainCommand(): Command {
  return new Command('explain')
    .argument('[what]', 'a problem or an incident, by the first digits of its id; or the id of an order, trace, user …')
    .addOption(configOption())
    .addOption(sinceOption('--since <time>', 'what happened since: 15m, 24h, 7d, or an ISO 8601 time', '24h'))
    .option('--at <time>', 'explain some minutes: when it was bad', timeOf)
    .option('--service <name>', 'explain some minutes: only requests that went through this service')
    .option('--minutes <n>', 'with --at or --service: so many minutes before that', countOf(MINUTES_MAX), 5)
    .option('--before <n>', 'with --at or --service: compared with so many before those', countOf(BEFORE_MAX), 15)
    .addOption(new Option('--env <name>', 'in this environment; prod is also production').default('*', 'all'))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The release to blame or that none is, the first cause with file and line, since when, what the failures have in common
and who is hit: what agents get from explain_failure. Without an argument, the most unusual problem of the range.
Of some minutes or an incident: where the trouble begins, since when, what was changed, the likeliest first.

  sensorium explain
  sensorium explain 4817818956 --since 2h
  sensorium explain ord_7f3k
  sensorium explain --at 10m --service checkout`,
    )
    .action(async (what: string | undefined, options: Options) => {
      const { config, at, service, minutes, before, env } = options
      if (what === undefined && (at !== undefined || service !== undefined)) {
        return tellWindow(config, { at: at ?? new Date(), service, minutes, before, env }, options.json === true)
      }
      const subject = await subjectOf(config, what)
      if (subject.incident !== undefined) {
        const { began_at: began, environment } = subject.incident
        const asked = { at: new Date(Math.min(Date.now(), +began + INCIDENT_AFTER_MS)), minutes, before }
        return tellWindow(config, { ...asked, env: environment }, options.json === true)
      }
      await tellFailure(options, subject.args)
    })
}

interface Subject {
  readonly incident?: IncidentDetails
  /** Of explain_failure; empty for the most unusual problem. */
  readonly args: Readonly<Record<string, string>>
}

/** Digits are those of a problem, else of an incident; anything else is the id of something. */
async function subjectOf(config: string, what: string | undefined): Promise<Subject> {
  if (what === undefined) return { args: {} }
  if (/^[0-9a-f]{32}$/i.test(what)) return { args: { trace_id: what } }
  if (!/^[0-9a-f]{4,16}$/i.test(what)) return { args: { entity: what } }
  return asReader(config, async (client): Promise<Subject> => {
    const isUsage = (error: unknown) => error instanceof SensoriumError && error.code === 'USAGE'
    try {
      return { args: { fingerprint: hexOf((await findById(client, what)).fingerprint) } }
    } catch (error) {
      if (!isUsage(error)) throw error
      const incident = await readIncident(client, what).catch(() => undefined)
      if (incident === undefined) throw error
      return { args: {}, incident }
    }
  })
}

async function tellFailure(options: Options, args: Subject['args']): Promise<void> {
  const { fingerprint, found } = await withStore(options.config, async store => {
    const asked = { services: undefined, searcher: createSearcher(store), statementTimeoutMs: STATEMENT_TIMEOUT_MS }
    // As the owner, in a transaction that only reads: sessions of readers are ended by the watch after some seconds.
    const database = { ...store, connection: () => store.connection('owner') }
    return withAccess(database, asked, ({ access }) => explain(access, args, options))
  })
  const { summary, sections } = found
  const rows = Object.fromEntries(sections.map(section => [section.name, section.rows]))
  const of = fingerprint === undefined ? args : { fingerprint }
  if (options.json) printJson({ ...of, summary, sections: rows })
  else printPainted(foundLines(found, columnsOf(process.stdout)))
}

async function explain(
  access: Access,
  asked: Subject['args'],
  { since, env }: Options,
): Promise<{ fingerprint: string | undefined; found: Found }> {
  const minutes = Math.max(1, Math.ceil((Date.now() - since.getTime()) / MINUTE_MS))
  const range = { env, minutes }
  const args = Object.keys(asked).length > 0 ? asked : { fingerprint: await mostUnusual(access, range) }
  const found = await explainFailure.run(explainFailure.input.parse({ ...args, ...range }), access)
  return { fingerprint: args.fingerprint, found }
}

/** @throws SensoriumError USAGE where nothing failed */
async function mostUnusual(access: Access, range: { env: string; minutes: number }): Promise<string> {
  const args = errorFingerprintSummary.input.parse({ ...range, limit: 1 })
  const { sections, empty } = await errorFingerprintSummary.run(args, access)
  const [first] = sections[0]?.rows ?? []
  if (first !== undefined) return String(first.fingerprint)
  throw new SensoriumError('USAGE', `nothing failed in the range. ${empty ?? ''}`.trim())
}
