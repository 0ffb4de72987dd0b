import { existsSync } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Outcome } from '../../delivery/delivery.ts'
import { crashLogFile, lastLines } from './crash-log.ts'

const MAX_LINES = 50

/** What one try to report the crashes came to. */
export type CrashOutcome = 'nothing' | 'sent' | 'later' | 'refused'

/**
 * Uploads the crash log. It is moved aside first, so that what is written meanwhile is another report, and the report's
 * bytes are kept until they are acknowledged, so that a report that is sent again is known for what it is.
 *
 *     crash.log ──► crash.log.uploading + crash.report ──upload acknowledged──► crash.log.prev
 *
 * A process that dies between any two steps leaves files from which the next start goes on: nothing is lost.
 */
export async function reportCrashes(
  folder: string,
  describe: () => object,
  send: (body: string) => Promise<Outcome>,
): Promise<{ readonly outcome: CrashOutcome; readonly why?: string }> {
  const log = crashLogFile(folder)
  const uploading = `${log}.uploading`
  const report = path.join(folder, 'crash.report')
  // Acknowledged, and the process died before it had tidied up.
  if (!existsSync(uploading)) await rm(report, { force: true })
  if (!existsSync(uploading)) {
    const size = await stat(log).then(
      found => found.size,
      () => 0,
    )
    if (size === 0) return { outcome: 'nothing' }
    await rename(log, uploading)
  }
  if (!existsSync(report) && !(await prepare(uploading, report, describe))) return { outcome: 'nothing' }
  const outcome = await send(await readFile(report, 'utf8'))
  if (typeof outcome === 'object' && 'retry' in outcome) return { outcome: 'later', why: outcome.retry }
  if (outcome !== 'sent') await rename(report, `${report}.refused`)
  await rename(uploading, `${log}.prev`)
  await rm(report, { force: true })
  return outcome === 'sent' ? { outcome: 'sent' } : { outcome: 'refused', why: outcome.refused }
}

/** Writes the report, whole or not at all. False where the log holds nothing to report. */
async function prepare(uploading: string, report: string, describe: () => object): Promise<boolean> {
  const entries = lastLines(uploading, MAX_LINES)
  if (entries.length === 0) {
    await rm(uploading, { force: true })
    return false
  }
  const { mtime } = await stat(uploading)
  const body = {
    type: 'crash_report',
    entries,
    ...describe(),
    uptime_before_crash: null,
    timestamp: mtime.toISOString(),
  }
  await writeFile(`${report}.tmp`, JSON.stringify(body))
  await rename(`${report}.tmp`, report)
  return true
}
