#!/usr/bin/env node
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { collectEnvironment } from './environment.ts'
import { FORMATS, type Format, parseReport } from './formats/index.ts'
import type { Parsed } from './parsed.ts'
import { type BuildEvent, buildPayloads } from './payloads.ts'
import { sendReports } from './send.ts'

const HELP = `sensorium-ci report [files…]     test and lint reports of one run
sensorium-ci build-event         --type build_start|build_complete|deploy_start|deploy_complete
                                 --status success|failure|cancelled|in_progress
sensorium-ci flush               send what earlier runs could not

Reports: ${FORMATS.join(', ')}; which one a file is, it says itself, or --format.

  --format F         of all files
  --run-id ID        default: that of the CI's job, or a new one
  --attempt N        default: the CI's count of tries, or 1
  --source-dirs A,B  folders whose lines of code may be sent with lint failures (src,tests,scripts)
  --environment E    of a deploy, such as production
  --started-at T     ISO 8601
  --error TEXT       of a failure
  --url URL          SENSORIUM_CI_URL, else http://127.0.0.1:4320/ingest/ci
  --token T          SENSORIUM_CI_TOKEN
  --spool DIR        SENSORIUM_CI_SPOOL, else .sensorium-ci in the working folder
  --timeout-ms N     for all requests together (20000)
  --dry-run          print the requests and send nothing

Whatever happens to a report, the build goes on: the exit code is 0, or 2 for a wrong command line.`

const MAX_FILE_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 20_000
const DEFAULT_URL = 'http://127.0.0.1:4320/ingest/ci'

function warn(message: string): void {
  console.error(`sensorium-ci: warning: ${message}`)
}

/** Wrong use, the one thing that the exit code tells. */
class UsageError extends Error {}

const OPTIONS = {
  format: { type: 'string' },
  'run-id': { type: 'string' },
  attempt: { type: 'string' },
  'source-dirs': { type: 'string', default: 'src,tests,scripts' },
  type: { type: 'string' },
  status: { type: 'string' },
  environment: { type: 'string' },
  'started-at': { type: 'string' },
  error: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  spool: { type: 'string' },
  'timeout-ms': { type: 'string', default: String(TIMEOUT_MS) },
  'dry-run': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(argv)
  const [command, ...files] = positionals
  if (values.help || command === undefined) return console.log(HELP)
  const folder = process.cwd()
  const environment = collectEnvironment(folder, process.env)
  const attempt = values.attempt === undefined ? environment.attempt : positive(values.attempt, '--attempt')
  const run = { ...environment, run_id: values['run-id'] ?? environment.run_id, attempt }
  const parsed = command === 'report' ? readFiles(files, formatOf(values.format)) : []
  const buildEvents = command === 'build-event' ? [buildEventOf(values)] : []
  if (!['report', 'build-event', 'flush'].includes(command)) {
    throw new UsageError(`there is no command ${command}; it is report, build-event or flush`)
  }
  const bodies = buildPayloads(parsed, run, folder, {
    timestamp: new Date().toISOString(),
    sourceFolders: values['source-dirs'].split(',').filter(Boolean),
    buildEvents,
  })
  if (values['dry-run']) return bodies.forEach(body => void console.log(body))
  if (command === 'report' && bodies.length === 0) warn('no report could be read, so there is nothing new to send')
  const target = {
    url: values.url ?? (process.env.SENSORIUM_CI_URL || DEFAULT_URL),
    token: values.token ?? (process.env.SENSORIUM_CI_TOKEN || undefined),
    spool: path.resolve(values.spool ?? (process.env.SENSORIUM_CI_SPOOL || '.sensorium-ci')),
    timeoutMs: positive(values['timeout-ms'], '--timeout-ms'),
  }
  const { sent, spooled, refused, warnings } = await sendReports(bodies, target)
  for (const message of warnings) warn(message)
  if (spooled > 0) warn(`${spooled} reports wait in ${target.spool} for the next run`)
  console.log(`sensorium-ci: ${sent} reports sent, ${spooled} waiting, ${refused} refused`)
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function formatOf(name: string | undefined): Format | undefined {
  if (name === undefined || name === 'auto') return undefined
  const format = FORMATS.find(known => known === name)
  if (format === undefined) throw new UsageError(`--format is one of ${FORMATS.join(', ')}`)
  return format
}

function positive(text: string, option: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${option} is a whole number from 1`)
  return value
}

/** What cannot be read is told and passed over: the other files are still worth reporting. */
function readFiles(files: readonly string[], format: Format | undefined): Parsed[] {
  if (files.length === 0) throw new UsageError('name the reports: sensorium-ci report junit.xml eslint.json')
  return files.flatMap(file => {
    try {
      const { size } = statSync(file)
      if (size > MAX_FILE_BYTES) throw new Error(`has ${size} bytes; ${MAX_FILE_BYTES} are read at most`)
      return [parseReport(readFileSync(file, 'utf8'), format)]
    } catch (error) {
      warn(`${file} ${error instanceof Error ? error.message : String(error)}`)
      return []
    }
  })
}

function buildEventOf(values: ReturnType<typeof readArguments>['values']): BuildEvent {
  const { type, status } = values
  if (type === undefined || status === undefined) throw new UsageError('a build event needs --type and --status')
  const startedAt = values['started-at']
  return {
    event_type: type,
    status,
    environment: values.environment,
    started_at: startedAt,
    completed_at: type.endsWith('_complete') ? new Date().toISOString() : undefined,
    error_message: values.error,
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UsageError) {
    console.error(`sensorium-ci: ${error.message}\n\n${HELP}`)
    process.exitCode = 2
    return
  }
  warn(`nothing was reported: ${error instanceof Error ? error.message : String(error)}`)
})
