import { existsSync } from 'node:fs'
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Outcome } from '../../delivery/delivery.ts'
import { crashLogFile, lastLines, TAIL_BYTES } from './crash-log.ts'
import type { Later } from './spool.ts'

const MAX_LINES = 50
/** What no later try will read either. */
const UNREADABLE = new Set(['EACCES', 'EPERM', 'EISDIR'])

export interface CrashReporting {
  readonly folder: string
  /** The node's version, system and architecture. */
  readonly describe: () => object
  readonly send: (body: string) => Promise<Outcome>
  readonly setAside: (name: string, reason: string, body: string) => Promise<void>
  readonly onWarning: (message: string) => void
}

/**
 * Uploads the crash log. It is moved aside first, so that what is written meanwhile is another report, and the report's
 * bytes are kept until they are acknowledged, so that a report that is sent again is known for what it is.
 *
 *     crash.log ──► crash.log.uploading ──► + crash.report ──upload acknowledged──► crash.log.prev, no crash.report
 *
 * A process that dies between any two steps leaves files from which the next start goes on: nothing is lost.
 */
export async function reportCrashes(reporting: CrashReporting): Promise<'nothing' | 'done' | Later> {
  const log = crashLogFile(reporting.folder)
  const uploading = `${log}.uploading`
  const report = path.join(reporting.folder, 'crash.report')
  if (!existsSync(uploading)) {
    // Acknowledged, and the process died before it had tidied up.
    await rm(report, { force: true })
    if ((await sizeOf(log)) === 0) return 'nothing'
    await rename(log, uploading)
  }
  const body = (await keptReport(report)) ?? (await prepare(reporting, uploading, report))
  if (body === undefined) return 'nothing'
  const outcome = await reporting.send(body)
  if (typeof outcome === 'object' && 'retry' in outcome) return outcome
  if (outcome !== 'sent') await reporting.setAside(refusedName(), outcome.refused, body)
  await rename(uploading, `${log}.prev`)
  await rm(report, { force: true })
  return 'done'
}

/** Sorts among the names of the spool, by time. */
const refusedName = () => `${String(Date.now()).padStart(15, '0')}-crash.json`

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return found?.size ?? 0
}

/** The report of an earlier try. One that a power failure left empty or torn is made again. */
async function keptReport(report: string): Promise<string | undefined> {
  try {
    const body = await readFile(report, 'utf8')
    JSON.parse(body)
    return body
  } catch {
    return undefined
  }
}

/** Makes the report and keeps it. Undefined where the log holds nothing to report. */
async function prepare(reporting: CrashReporting, uploading: string, report: string): Promise<string | undefined> {
  const tail = await readTail(uploading).catch(async (error: NodeJS.ErrnoException) => {
    if (!UNREADABLE.has(error.code ?? '')) throw error
    const aside = `${crashLogFile(reporting.folder)}.unreadable`
    await rename(uploading, aside)
    reporting.onWarning(`the crash log cannot be read (${error.code}); it is now ${aside}`)
    return undefined
  })
  if (tail === undefined) return undefined
  const entries = lastLines(tail.bytes, MAX_LINES)
  if (entries.length === 0) {
    await rm(uploading, { force: true })
    return undefined
  }
  const body = JSON.stringify({
    type: 'crash_report',
    entries,
    ...reporting.describe(),
    uptime_before_crash: null,
    timestamp: tail.writtenAt.toISOString(),
  })
  try {
    await writeFile(`${report}.tmp`, body, { mode: 0o600 })
    await rename(`${report}.tmp`, report)
  } catch (error) {
    // A full disk is a reason to crash, so the report of it must get out: its bytes follow from the log all the same.
    reporting.onWarning(`the crash report is sent without having been kept: ${String(error)}`)
  }
  return body
}

/** The end of the log, however large it is, and when it was last written. */
async function readTail(file: string): Promise<{ readonly bytes: Uint8Array; readonly writtenAt: Date }> {
  const handle = await open(file, 'r')
  try {
    const { size, mtime } = await handle.stat()
    const length = Math.min(size, TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    return { bytes: buffer.subarray(0, bytesRead), writtenAt: mtime }
  } finally {
    await handle.close()
  }
}
