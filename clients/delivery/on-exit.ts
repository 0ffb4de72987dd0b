/** The parts of Node's `process` that clients use; other runtimes have none of it, or some. */
interface ProcessLike {
  readonly env?: Readonly<Record<string, string | undefined>>
  once?(event: 'beforeExit', listener: () => void): unknown
}

export function processOf(): ProcessLike | undefined {
  return (globalThis as { process?: ProcessLike }).process
}

/** The environment, empty where the runtime has none. */
export function environmentOf(): Readonly<Record<string, string | undefined>> {
  return processOf()?.env ?? {}
}

/** Flushes when Node has nothing left to do, which keeps the process until then. `process.exit()` does not wait for it. */
export function flushBeforeExit(flush: () => Promise<unknown>): void {
  try {
    processOf()?.once?.('beforeExit', () => void flush())
  } catch {
    // A runtime with half a process: nothing is flushed for it.
  }
}
