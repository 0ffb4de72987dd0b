import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { applicationUrl } from '../../delivery/environment.ts'
import { ciOf, type Variables } from './ci-variables.ts'
import { collectEnvironment, type RunChoices, repositoryRoot } from './environment.ts'
import { type Format, parseReport } from './formats/index.ts'
import type { Parsed } from './parsed.ts'
import { type BuildEvent, buildPayloads } from './payloads.ts'
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

/** Reads the reports, joins them to one run and sends it after those that wait. Never rejects: see `warnings`. */
export async function report(files: readonly string[], options: ReportOptions = {}): Promise<SendResult> {
  try {
    const { bodies, warnings } = prepare(files, options)
    const result = await sendReports(bodies, targetOf(options))
    return { ...result, warnings: [...warnings, ...result.warnings] }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { sent: 0, waiting: 0, refused: 0, dropped: 0, warnings: [`nothing was reported: ${reason}`] }
  }
}

/** The bodies that `report` would send, and what is wrong with the files. */
export function prepare(
  files: readonly string[],
  options: ReportOptions = {},
): { readonly bodies: readonly string[]; readonly warnings: readonly string[] } {
  const folder = path.resolve(options.folder ?? process.cwd())
  const variables = options.variables ?? process.env
  const buildEvents = options.buildEvents ?? []
  if (files.length === 0 && buildEvents.length === 0) return { bodies: [], warnings: [] }
  const warnings: string[] = []
  const formats: string[] = []
  const parsed = files.flatMap(file => {
    const one = readReport(path.resolve(folder, file), file, options.format)
    warnings.push(...one.faults.map(fault => `${file} ${fault}`))
    if (one.format === undefined) return []
    formats.push(one.format)
    return [one]
  })
  if (files.length > 0 && parsed.length === 0) warnings.push('no report could be read, so there is no run to send')
  const { url } = ciOf(variables)
  const { bodies, cut, dropped } = buildPayloads(parsed, collectEnvironment(folder, variables, options), {
    folder,
    root: repositoryRoot(folder),
    timestamp: new Date().toISOString(),
    sourceFolders: options.sourceFolders ?? SOURCE_FOLDERS,
    buildEvents,
    metadata: {
      formats,
      ...(url === undefined ? {} : { url }),
      ...(warnings.length > 0 ? { faults: warnings.slice(0, 20) } : {}),
    },
  })
  if (cut > 0) warnings.push(`${cut} texts were longer than Sensorium takes and are marked where they were cut`)
  if (dropped > 0) warnings.push(`${dropped} rows are more than one report may hold and are left out`)
  return { bodies, warnings }
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

/** What cannot be read is told and passed over: the other files are still worth reporting. */
function readReport(file: string, fileName: string, format: Format | undefined): Parsed & { format?: Format } {
  try {
    const { size } = statSync(file)
    if (size > MAX_FILE_BYTES) throw new Error(`has ${size} bytes; ${MAX_FILE_BYTES} are read at most`)
    return parseReport(textOf(readFileSync(file)), { format, fileName })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const fault = code === 'ENOENT' ? 'is not there' : (message ?? String(error))
    return { tests: undefined, failures: [], lint: [], faults: [fault] }
  }
}

/** PowerShell writes what it redirects as UTF-16. */
function textOf(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le', 2) : bytes.toString('utf8')
}
