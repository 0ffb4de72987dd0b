import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { applicationUrl } from '../../delivery/environment.ts'
import { ciOf, type Variables } from './ci-variables.ts'
import { decodeReport } from './decode.ts'
import { collectEnvironment, type RunChoices, repositoryRoot } from './environment.ts'
import { type Format, parseReport } from './formats/index.ts'
import { type BuildEvent, buildPayloads, outcomeOf } from './payloads.ts'
import { type Read, withoutDoubles } from './same-run.ts'
import { type SendResult, sendReports } from './send.ts'
import { spoolFolders } from './spool.ts'

export interface ReportOptions extends RunChoices {
  /** Where the tools ran; paths are relative to it. Default: the working folder. */
  readonly folder?: string | undefined
  /** Default: those of the process. */
  readonly variables?: Variables | undefined
  /** Of all files; without it each tells which it is. */
  readonly format?: Format | undefined
  readonly buildEvents?: readonly BuildEvent[] | undefined
  /** Default: src, tests and scripts. */
  readonly sourceFolders?: readonly string[] | undefined
  /** Default: SENSORIUM_CI_URL, else `/ingest/ci` of SENSORIUM_URL, else of http://127.0.0.1:4320. */
  readonly url?: string | undefined
  /** Default: SENSORIUM_CI_TOKEN, else SENSORIUM_TOKEN. */
  readonly token?: string | undefined
  /** Default: SENSORIUM_CI_SPOOL, else .sensorium-ci/spool at the top of the repository. */
  readonly spool?: string | undefined
  /** All requests together. Default: 20,000. */
  readonly timeoutMs?: number | undefined
}

export const SOURCE_FOLDERS: readonly string[] = ['src', 'tests', 'scripts']
export const TIMEOUT_MS = 20_000
const DEFAULT_URL = 'http://127.0.0.1:4320/ingest/ci'
/** A report beyond this is no report of tests but a log. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

export interface ReportResult extends SendResult {
  /** Files that are not there, or of which nothing could be read: the run has the outcome `unreadable`. */
  readonly unreadable: number
}

/** Reads the reports, joins them to one run and sends it after those that wait. Never rejects: see `warnings`. */
export async function report(files: readonly string[], options: ReportOptions = {}): Promise<ReportResult> {
  try {
    const { bodies, warnings, unreadable } = prepare(files, options)
    const result = await sendReports(bodies, targetOf(options))
    return { ...result, unreadable, warnings: [...warnings, ...result.warnings] }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { sent: 0, waiting: 0, refused: 0, dropped: 0, unreadable: 0, warnings: [`nothing was reported: ${reason}`] }
  }
}

export interface Prepared {
  readonly bodies: readonly string[]
  readonly warnings: readonly string[]
  /** Files that are not there, or of which nothing could be read. */
  readonly unreadable: number
}

/** The bodies that `report` would send, and what is wrong with the files. */
export function prepare(files: readonly string[], options: ReportOptions = {}): Prepared {
  const folder = path.resolve(options.folder ?? process.cwd())
  const variables = options.variables ?? process.env
  const buildEvents = options.buildEvents ?? []
  if (files.length === 0 && buildEvents.length === 0) return { bodies: [], warnings: [], unreadable: 0 }
  const all = files.map(file => readReport(path.resolve(folder, file), file, options.format))
  const { kept, faults } = withoutDoubles(all.filter(one => one.format !== undefined))
  const warnings = [...all.flatMap(one => one.faults.map(fault => `${one.file} ${fault}`)), ...faults]
  const unreadable = all.filter(one => one.format === undefined).length
  const formats = kept.map(one => one.format)
  const outcome = unreadable > 0 && outcomeOf(kept) !== 'failed' ? 'unreadable' : undefined
  const { url } = ciOf(variables)
  const { bodies, cut, dropped } = buildPayloads(kept, collectEnvironment(folder, variables, options), {
    folder,
    root: repositoryRoot(folder),
    timestamp: new Date().toISOString(),
    sourceFolders: options.sourceFolders ?? SOURCE_FOLDERS,
    buildEvents,
    outcome,
    metadata: {
      formats,
      ...(unreadable > 0 ? { unreadable } : {}),
      ...counted(kept),
      ...(url === undefined ? {} : { url }),
      ...(warnings.length > 0 ? { faults: warnings.slice(0, 20) } : {}),
    },
  })
  if (cut > 0) warnings.push(`${cut} texts were longer than Sensorium takes and are marked where they were cut`)
  if (dropped > 0) warnings.push(`${dropped} rows are more than one report may hold and are left out`)
  return { bodies, warnings, unreadable }
}

function targetOf(options: ReportOptions) {
  const variables = options.variables ?? process.env
  const spool = options.spool ?? (variables.SENSORIUM_CI_SPOOL || undefined)
  const folder = path.resolve(options.folder ?? process.cwd())
  return {
    url: options.url ?? (variables.SENSORIUM_CI_URL || (applicationUrl('/ingest/ci', variables) ?? DEFAULT_URL)),
    token: options.token ?? (variables.SENSORIUM_CI_TOKEN || variables.SENSORIUM_TOKEN || undefined),
    spool: spool === undefined ? spoolFolders(repositoryRoot(folder)) : [path.resolve(folder, spool)],
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  }
}

/** What a report counts, where that is not what was read of it. */
function counted(reports: readonly Read[]): object {
  const different = reports.filter(({ counters, tests }) => {
    if (counters === undefined || tests === undefined) return false
    const { passed, failed, skipped } = tests
    const read = { total: passed + failed + skipped, passed, failed, skipped }
    return (['total', 'passed', 'failed', 'skipped'] as const).some(
      key => counters[key] !== undefined && counters[key] !== read[key],
    )
  })
  return different.length === 0
    ? {}
    : { counters: different.slice(0, 20).map(({ file, counters }) => ({ file, ...counters })) }
}

/** What cannot be read is told and passed over: the other files are still worth reporting. */
function readReport(
  file: string,
  fileName: string,
  format: Format | undefined,
): Read & { readonly format?: Format | undefined } {
  try {
    const { size } = statSync(file)
    if (size > MAX_FILE_BYTES) throw new Error(`has ${size} bytes; ${MAX_FILE_BYTES} are read at most`)
    const bytes = readFileSync(file)
    const { text, faults } = decodeReport(bytes)
    const parsed = parseReport(text, { format, fileName })
    const digest = bytes.length === 0 ? '' : createHash('sha256').update(bytes).digest('hex')
    return { ...parsed, faults: [...faults, ...parsed.faults], file: fileName, digest }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const fault = code === 'ENOENT' ? 'is not there' : (message ?? String(error))
    return { tests: undefined, failures: [], lint: [], faults: [fault], file: fileName, digest: '' }
  }
}
