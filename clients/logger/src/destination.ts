import type { Writable } from 'node:stream'
import { transport } from 'pino'
import { type LoggerStatus, type OtlpStreamOptions, STATUS_EVENT } from './worker-contract.ts'

/** Text that may wait for the worker beside thread-stream's own 4 MiB: some 50,000 lines written in one go. */
const BACKLOG_CHARS_MAX = 16 * 1024 * 1024

/** Sends lines from a worker. Nothing here throws or waits. */
export interface WorkerDestination {
  write(line: string): void
  flush(callback: (error?: Error) => void): void
  status(): LoggerStatus
}

/** Throws when the worker cannot be started at all. */
export function openWorker(
  options: OtlpStreamOptions,
  warn: (kind: string, message: string) => void,
): WorkerDestination {
  // The sources are run as they are, the package as JavaScript.
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  const stream = transport({ target: new URL(file, import.meta.url).href, options }) as ReturnType<typeof transport> &
    Pick<Writable, 'writable' | 'writableNeedDrain'> // which its types leave out
  let ofWorker: LoggerStatus = { sent: 0, pending: 0, dropped: 0 }
  let backlogChars = 0
  let dropped = 0
  let isDead = false

  stream.on(STATUS_EVENT, (status: LoggerStatus) => {
    ofWorker = status
  })
  // Without a listener the application would end by an error of its logger.
  stream.on('error', (error: Error) => {
    isDead = true
    warn('worker', `the worker ended, lines go to stdout only: ${error.message}`)
  })

  function drop(why: string): void {
    dropped += 1
    warn('backlog', `${why}: ${dropped} lines not sent so far`)
  }

  return {
    write(line) {
      if (isDead || !stream.writable) return drop('the worker has ended')
      if (!stream.writableNeedDrain) backlogChars = 0
      else if (backlogChars + line.length > BACKLOG_CHARS_MAX) return drop('lines come faster than the worker reads')
      else backlogChars += line.length
      stream.write(line)
    },
    flush(callback) {
      if (isDead) callback()
      else stream.flush(callback)
    },
    status: () => ({ ...ofWorker, dropped: ofWorker.dropped + dropped }),
  }
}
