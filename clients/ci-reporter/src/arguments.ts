import { parseArgs } from 'node:util'
import { MAX_ATTEMPT } from './ci-variables.ts'
import { FORMATS } from './formats/index.ts'
import type { BuildEvent } from './payloads.ts'
import { type ReportOptions, SOURCE_FOLDERS, TIMEOUT_MS } from './report.ts'

const TYPES = ['build_start', 'build_complete', 'deploy_start', 'deploy_complete'] as const
const STATUSES = ['success', 'failure', 'cancelled', 'in_progress'] as const

const FORMAT_LINES = FORMATS.reduce<string[]>((lines, name) => {
  const last = lines.at(-1)
  if (last === undefined || last.length + name.length > 100) lines.push(`                       ${name},`)
  else lines[lines.length - 1] = `${last} ${name},`
  return lines
}, []).join('\n')

export const HELP = `sensorium-ci report [files…]     test and lint reports of one run
  --format F           of all files:
${FORMAT_LINES}
                       without it (or auto) each file tells which it is
  --build-event TYPE   with the run, an event as below
  --source-dirs A,B    folders whose lines of code may be sent with lint failures (${SOURCE_FOLDERS.join(',')})
  --flush-only         send what earlier runs could not, and nothing else

sensorium-ci build-event
  --type TYPE          ${TYPES.join(', ')}
  --status S           ${STATUSES.join(', ')}
  --environment E      of a deploy, such as production
  --started-at T       ISO 8601; of a start the default is now
  --completed-at T     ISO 8601; of a completion the default is now
  --artifacts A,B      addresses of what was built
  --error TEXT         of a failure

Both:
  --run-id ID          default: that of the CI's job and attempt, or a new one
  --attempt N          default: the CI's count of attempts, or 1
  --url URL            SENSORIUM_CI_URL, /ingest/ci of SENSORIUM_URL, else of http://127.0.0.1:4320
  --token T            SENSORIUM_CI_TOKEN or SENSORIUM_TOKEN, which do not show in a list of processes
  --spool DIR          SENSORIUM_CI_SPOOL, else .sensorium-ci/spool at the top of the repository
  --timeout-ms N       for all requests together (${TIMEOUT_MS})
  --dry-run            print the requests, a line of JSON each, and send nothing
  --version            print the version

The exit code is 0 whatever happens to a report on its way, 3 if a file could not be read (the run is sent
all the same, with the outcome unreadable), and 2 for a wrong command line.`

/** Wrong use. */
export class UsageError extends Error {}

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const OPTIONS = {
  format: text,
  'build-event': text,
  'source-dirs': text,
  'flush-only': flag,
  type: text,
  status: text,
  environment: text,
  'started-at': text,
  'completed-at': text,
  artifacts: text,
  error: text,
  'run-id': text,
  attempt: text,
  url: text,
  token: text,
  spool: text,
  'timeout-ms': text,
  'dry-run': flag,
  help: { ...flag, short: 'h' },
  version: flag,
} as const

export interface Command {
  readonly isHelp: boolean
  readonly isVersion: boolean
  readonly isDryRun: boolean
  readonly files: readonly string[]
  readonly options: ReportOptions
}

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Command {
  const { values, positionals } = parsed(argv)
  if (values.help || values.version) {
    return { isHelp: values.help, isVersion: values.version, isDryRun: false, files: [], options: {} }
  }
  const [command, ...files] = positionals
  if (command !== 'report' && command !== 'build-event') {
    throw new UsageError(`${command ?? 'no command'}: the commands are report and build-event`)
  }
  const type = command === 'report' ? values['build-event'] : values.type
  const hasEvent = type !== undefined || command === 'build-event'
  if (command === 'build-event' && files.length > 0) throw new UsageError('a build event has no files')
  if (values['flush-only'] && (files.length > 0 || hasEvent)) throw new UsageError('--flush-only reports nothing new')
  if (files.length === 0 && !hasEvent && !values['flush-only']) {
    throw new UsageError('name the reports: sensorium-ci report junit.xml eslint.json')
  }
  return {
    isHelp: false,
    isVersion: false,
    isDryRun: values['dry-run'],
    files,
    options: {
      format: values.format === 'auto' ? undefined : oneOf(FORMATS, values.format, '--format'),
      buildEvents: hasEvent ? [buildEventOf(values, type)] : [],
      sourceFolders: listOf(values['source-dirs'])?.map(name => name.replace(/^\.?\/|\/$/g, '')),
      runId: values['run-id'] || undefined,
      attempt: wholeNumber(values.attempt, '--attempt', MAX_ATTEMPT),
      url: address(values.url),
      token: values.token,
      spool: values.spool,
      timeoutMs: wholeNumber(values['timeout-ms'], '--timeout-ms', 600_000),
    },
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function buildEventOf(values: ReturnType<typeof parsed>['values'], type: string | undefined): BuildEvent {
  const event_type = oneOf(TYPES, type, '--type')
  const status = oneOf(STATUSES, values.status, '--status')
  if (event_type === undefined || status === undefined) throw new UsageError('a build event needs --type and --status')
  const now = new Date().toISOString()
  const isStart = event_type.endsWith('_start')
  return {
    event_type,
    status,
    environment: values.environment?.slice(0, 64),
    started_at: time(values['started-at'], '--started-at') ?? (isStart ? now : undefined),
    completed_at: time(values['completed-at'], '--completed-at') ?? (isStart ? undefined : now),
    artifacts: listOf(values.artifacts),
    error_message: values.error?.slice(0, 8_192),
  }
}

function oneOf<T extends string>(known: readonly T[], value: string | undefined, option: string): T | undefined {
  if (value === undefined) return undefined
  const found = known.find(each => each === value)
  if (found === undefined) throw new UsageError(`${option} is one of ${known.join(', ')}`)
  return found
}

function listOf(value: string | undefined): string[] | undefined {
  const items = value?.split(',').map(item => item.trim())
  return items?.filter(item => item !== '')
}

function wholeNumber(value: string | undefined, option: string, max: number): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > max) {
    throw new UsageError(`${option} is a whole number from 1 to ${max}`)
  }
  return number
}

function time(value: string | undefined, option: string): string | undefined {
  if (value === undefined) return undefined
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) throw new UsageError(`${option} is a time, such as 2026-11-20T10:00:00Z`)
  return date.toISOString()
}

function address(value: string | undefined): string | undefined {
  if (value !== undefined && !/^https?:\/\/[^\s/]/.test(value))
    throw new UsageError('--url is an http or https address')
  return value
}
