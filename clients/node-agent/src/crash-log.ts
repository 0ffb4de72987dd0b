import fs from 'node:fs'
import path from 'node:path'

/**
 * The crash log: `crash.log` in the agent's folder. It is written when the process is about to end, so synchronously,
 * and its writer never throws: the process must end as it would have without us.
 */
const CRASH_LOG = 'crash.log'

/** Past this the log keeps its end only: a process that crashes in a loop must not fill the disk. */
const MAX_LOG_BYTES = 1024 * 1024
const KEPT_BYTES = 256 * 1024
const MAX_ENTRY_CHARS = 32 * 1024

export function crashLogFile(folder: string): string {
  return path.join(folder, CRASH_LOG)
}

export function appendCrash(folder: string, text: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true })
    const file = crashLogFile(folder)
    trim(file)
    fs.appendFileSync(file, `[${new Date().toISOString()}] ${text.slice(0, MAX_ENTRY_CHARS)}\n`)
  } catch {
    // A full disk or a folder that is not ours: there is nobody left to tell.
  }
}

function trim(file: string): void {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size <= MAX_LOG_BYTES) return
  fs.writeFileSync(`${file}.tmp`, readEnd(file, KEPT_BYTES))
  fs.renameSync(`${file}.tmp`, file)
}

/** The last `bytes` of a file, however large it is. */
function readEnd(file: string, bytes: number): Buffer {
  const descriptor = fs.openSync(file, 'r')
  try {
    const { size } = fs.fstatSync(descriptor)
    const length = Math.min(size, bytes)
    const buffer = Buffer.alloc(length)
    const read = fs.readSync(descriptor, buffer, 0, length, size - length)
    return buffer.subarray(0, read)
  } finally {
    fs.closeSync(descriptor)
  }
}

/**
 * The last `maxLines` lines that are not empty. Of a huge file only the end is read; a character or a line that is cut
 * there, or was torn when the process died, is kept as far as it goes.
 */
export function lastLines(file: string, maxLines: number): string[] {
  const text = readEnd(file, KEPT_BYTES).toString('utf8')
  return text
    .split(/\r?\n/)
    .filter(line => line.trim() !== '')
    .slice(-maxLines)
}

/** An error as the crash log has it: name, message, stack, and the causes below. */
export function describeError(thrown: unknown, depth = 0): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown)
    const text = thrown.stack ?? `${thrown.name}: ${thrown.message}`
    const { cause } = thrown
    return cause === undefined || depth >= 5 ? text : `${text}\n  [cause]: ${describeError(cause, depth + 1)}`
  } catch {
    return 'an error that cannot be read'
  }
}
