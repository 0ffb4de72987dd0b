import fs from 'node:fs'
import path from 'node:path'

/**
 * The crash log: `crash.log` in the agent's folder. It is written when the process is about to end, so synchronously,
 * and its writer never throws: the process must end as it would have without us.
 */
export function crashLogFile(folder: string): string {
  return path.join(folder, 'crash.log')
}

/** Past this the log keeps its end only: a process that crashes in a loop must not fill the disk. */
const MAX_LOG_BYTES = 1024 * 1024
/** What is read of a log to find its last lines, and what is kept of one that is too large. */
export const TAIL_BYTES = 256 * 1024
const MAX_ENTRY_CHARS = 32 * 1024
/** Below the 50 lines of a report: the line that names the error is never cut off by its own stack. */
const MAX_ENTRY_LINES = 40
/** Fifty of these, in the longest UTF-8, are well below what the server takes (1 MiB). */
const MAX_LINE_CHARS = 4_096

export function appendCrash(folder: string, text: string): void {
  try {
    // Messages may hold what is nobody else's business.
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = crashLogFile(folder)
    trim(file)
    const lead = endsTorn(file) ? '\n' : ''
    fs.appendFileSync(file, `${lead}[${new Date().toISOString()}] ${boundedEntry(text)}\n`, { mode: 0o600 })
  } catch {
    // A full disk or a folder that is not ours: there is nobody left to tell.
  }
}

function boundedEntry(text: string): string {
  const lines = text.slice(0, MAX_ENTRY_CHARS).split('\n')
  if (lines.length <= MAX_ENTRY_LINES) return lines.join('\n')
  return [...lines.slice(0, MAX_ENTRY_LINES), `    … ${lines.length - MAX_ENTRY_LINES} more lines`].join('\n')
}

function trim(file: string): void {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size <= MAX_LOG_BYTES) return
  fs.writeFileSync(`${file}.tmp`, readEnd(file, TAIL_BYTES), { mode: 0o600 })
  fs.renameSync(`${file}.tmp`, file)
}

/** The last writer died in the middle of a line: the next entry must not become the end of it. */
function endsTorn(file: string): boolean {
  if (!fs.existsSync(file)) return false
  const end = readEnd(file, 1)
  return end.length === 1 && end[0] !== 0x0a
}

function readEnd(file: string, bytes: number): Buffer {
  const descriptor = fs.openSync(file, 'r')
  try {
    const { size } = fs.fstatSync(descriptor)
    const length = Math.min(size, bytes)
    const buffer = Buffer.alloc(length)
    return buffer.subarray(0, fs.readSync(descriptor, buffer, 0, length, size - length))
  } finally {
    fs.closeSync(descriptor)
  }
}

/**
 * The last `maxLines` lines that are not empty, of a log's end. A character or line that is cut at its start, or was
 * torn when the process died, is kept as far as it goes; NULs and other control characters, which a file system leaves
 * where the power failed, are not.
 */
export function lastLines(tail: Uint8Array, maxLines: number): string[] {
  return Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)
    .toString('utf8')
    .split(/\r?\n/)
    .map(line => line.replace(/[\0-\x08\x0b-\x1f\x7f]/g, ''))
    .filter(line => line.trim() !== '')
    .slice(-maxLines)
    .map(line => (line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}…` : line))
}
