import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Outcome } from '../../delivery/delivery.ts'
import { messageOf } from './describe-error.ts'
import { keepRefused } from './refused.ts'
import { readSpool, type SpoolFile, writeReport, writeReportAtExit } from './spool-files.ts'

/** A sentence for whoever runs the node; each kind is told once a minute at most. */
export type Warn = (kind: string, message: string) => void

/** Why a round of sending stopped before its end. */
export type Later = Extract<Outcome, { retry: string }>

/**
 * Telemetry that waits in files until it is acknowledged, so that it survives restarts and days offline.
 *
 *     add ──► memory ──► NAME.json.tmp ──► NAME.json ──acknowledged──► removed
 *                                              └───────refused────────► refused/NAME.json
 */
export interface Spool {
  /** Touches no file before it returns, and never throws. */
  add(body: string): void
  /** Resolves once all that was added is in files or was given up. */
  settled(): Promise<void>
  /** Writes what is still in memory, for a process that exits now. */
  writeAtExit(): void
  /** Sends what waits, the oldest first, up to the first that is to be tried later. */
  drain(send: (body: string) => Promise<Outcome>): Promise<Later | undefined>
  /** Counts reports that are given up, and says why. */
  drop(count: number, why: string): void
  /** Sets a report aside that is not from the spool, such as a crash report. */
  setAside(name: string, reason: string, body: string): Promise<void>
  counts(): Promise<{ readonly pending: number; readonly dropped: number; readonly refused: number }>
}

export interface SpoolLimits {
  readonly maxFiles: number
  /** Of all files together. */
  readonly maxBytes: number
  readonly maxReportBytes: number
}

interface Unwritten {
  readonly body: string
  readonly bytes: number
  name: string | undefined
}

export function createSpool(folder: string, limits: SpoolLimits, warn: Warn): Spool {
  const refusedFolder = path.join(folder, 'refused')
  const unwritten = new Set<Unwritten>()
  let unwrittenBytes = 0
  /** What lies in the folder, the oldest first. */
  let waiting: SpoolFile[] = []
  let waitingBytes = 0
  let lastNumber = 0
  let dropped = 0
  let refused = 0
  const loaded = load()
  let writing: Promise<void> = loaded

  async function load(): Promise<void> {
    try {
      const { files, torn } = await readSpool(folder)
      waiting = files
      waitingBytes = files.reduce((sum, file) => sum + file.bytes, 0)
      lastNumber = Math.max(lastNumber, Number.parseInt(files.at(-1)?.name ?? '0', 10) || 0)
      if (torn > 0) drop(torn, 'reports were not written to the end when the process died')
    } catch (error) {
      warn('spool', `the spool cannot be read, what waits there stays there: ${messageOf(error)}`)
    }
  }

  function drop(count: number, why: string): void {
    dropped += count
    warn('dropped', `${why}: ${dropped} dropped so far`)
  }

  /** Ascending even when the clock is set back; the process's id keeps two of them apart. */
  function nextName(): string {
    lastNumber = Math.max(Date.now(), lastNumber + 1)
    return `${String(lastNumber).padStart(15, '0')}-${process.pid}.json`
  }

  function forget(file: SpoolFile): void {
    const index = waiting.indexOf(file)
    if (index < 0) return
    waiting.splice(index, 1)
    waitingBytes -= file.bytes
  }

  async function makeRoom(bytes: number): Promise<void> {
    for (let oldest = waiting[0]; oldest !== undefined; oldest = waiting[0]) {
      if (waiting.length < limits.maxFiles && waitingBytes + bytes <= limits.maxBytes) return
      forget(oldest)
      await rm(path.join(folder, oldest.name), { force: true })
      drop(1, 'the spool is full, the oldest reports go')
    }
  }

  async function write(item: Unwritten): Promise<void> {
    try {
      await makeRoom(item.bytes)
      item.name = nextName()
      await writeReport(folder, item.name, item.body)
      waiting.push({ name: item.name, bytes: item.bytes })
      waitingBytes += item.bytes
    } catch (error) {
      drop(1, `a report cannot be kept (${messageOf(error)})`)
    }
    unwritten.delete(item)
    unwrittenBytes -= item.bytes
  }

  async function setAside(name: string, reason: string, body: string): Promise<void> {
    refused += 1
    warn('refused', `the server refuses a report (${reason}); it is kept in ${refusedFolder}`)
    await keepRefused(refusedFolder, name, reason, body)
  }

  /** Sends one file. Undefined when it is dealt with. */
  async function sendOne(file: SpoolFile, send: (body: string) => Promise<Outcome>): Promise<Later | undefined> {
    const location = path.join(folder, file.name)
    try {
      const body = await readFile(location, 'utf8')
      const outcome = await send(body)
      if (typeof outcome === 'object' && 'retry' in outcome) return outcome
      if (outcome !== 'sent') await setAside(file.name, outcome.refused, body)
      await rm(location, { force: true })
    } catch (error) {
      // Gone: the limit or another process took it. Anything else stays for the next start.
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT' // rejections of fs have a code
      if (!isGone) warn('spool', `${location} stays where it is until the next start: ${messageOf(error)}`)
    }
    forget(file)
    return undefined
  }

  return {
    add(body) {
      const bytes = Buffer.byteLength(body)
      if (bytes > limits.maxReportBytes) return drop(1, `a report of ${bytes} bytes is too large`)
      if (unwritten.size >= limits.maxFiles || unwrittenBytes + bytes > limits.maxBytes) {
        return drop(1, 'reports come faster than the disk takes them')
      }
      const item: Unwritten = { body, bytes, name: undefined }
      unwritten.add(item)
      unwrittenBytes += bytes
      writing = writing.then(() => write(item))
    },
    settled: () => writing,
    writeAtExit() {
      for (const { name, body } of unwritten) {
        try {
          writeReportAtExit(folder, name ?? nextName(), body)
        } catch {
          // The process ends; there is nobody left to tell.
        }
      }
    },
    async drain(send) {
      await loaded
      for (let file = waiting[0]; file !== undefined; file = waiting[0]) {
        const later = await sendOne(file, send)
        if (later !== undefined) return later
      }
      return undefined
    },
    drop,
    setAside,
    async counts() {
      await loaded
      return { pending: waiting.length + unwritten.size, dropped, refused }
    },
  }
}
