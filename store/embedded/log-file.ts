import { appendFileSync, renameSync, statSync } from 'node:fs'

/** Two files of this size at most: enough for days of a healthy server, and for the hour before a crash. */
const MAX_LOG_BYTES = 8 * 1024 * 1024
/** How many of the last lines are kept for error messages. */
const TAIL_LINES = 20

/**
 * What the server says on stderr, in a file of bounded size. Postgres's own collector rotates but never bounds the
 * total; and a pipe lets us see the line that says it is ready.
 */
export class LogFile {
  readonly path: string
  #bytes: number
  #tail: string[] = []
  #rest = ''

  constructor(path: string) {
    this.path = path
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  }

  /** Appends a piece of output and returns the lines that it completed. */
  write(chunk: string): string[] {
    this.#append(chunk)
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    this.#tail = [...this.#tail, ...lines].slice(-TAIL_LINES)
    return lines
  }

  /** The last lines of this process's servers. */
  get tail(): readonly string[] {
    return this.#tail
  }

  forgetTail(): void {
    this.#tail = []
  }

  #append(chunk: string): void {
    try {
      if (this.#bytes > 0 && this.#bytes + Buffer.byteLength(chunk) > MAX_LOG_BYTES) {
        renameSync(this.path, `${this.path}.1`)
        this.#bytes = 0
      }
      appendFileSync(this.path, chunk, { mode: 0o600 })
      this.#bytes += Buffer.byteLength(chunk)
    } catch {
      // A full disk: the server's own errors say so, and losing its log must not end us.
    }
  }
}
