import type { Delivery } from './delivery.ts'

/** The parts of Node's `process` that clients use; other runtimes have none of it, or some. */
interface ProcessLike {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly versions?: { readonly node?: string }
  once?(event: 'beforeExit', listener: () => void): unknown
  /** Of Node 20.16 and 22.3 on. */
  getBuiltinModule?(name: string): unknown
}

export function processOf(): ProcessLike | undefined {
  return (globalThis as { process?: ProcessLike }).process
}

/** The environment, empty where the runtime has none. */
export function environmentOf(): Readonly<Record<string, string | undefined>> {
  return processOf()?.env ?? {}
}

/**
 * Flushes when Node has nothing left to do, which keeps the process until then, and no longer. `process.exit()` does not
 * wait for it.
 */
export function flushBeforeExit(flush: () => Promise<boolean>, delivery: Pick<Delivery<unknown>, 'abandon'>): void {
  try {
    processOf()?.once?.('beforeExit', () => {
      void flush().then(isDone => {
        if (!isDone) delivery.abandon()
      })
    })
  } catch {
    // A runtime with half a process: nothing is flushed for it.
  }
}
