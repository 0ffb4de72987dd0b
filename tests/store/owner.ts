import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export type OwnerMessage =
  | { readonly kind: 'ready'; readonly postmaster: number }
  | { readonly kind: 'committed'; readonly number: number }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string }

/** A process of its own that runs the embedded server; see owner-process.ts. */
export interface Owner {
  readonly child: ChildProcess
  /** The next message of this kind. */
  next<K extends OwnerMessage['kind']>(kind: K): Promise<Extract<OwnerMessage, { kind: K }>>
  kill(): Promise<void>
  stop(): Promise<void>
}

export function forkOwner(dataDir: string, port: number): Owner {
  const child = fork(join(import.meta.dirname, 'owner-process.ts'), [dataDir, String(port)], { stdio: 'inherit' })
  const exited = once(child, 'exit')
  return {
    child,
    next: kind =>
      new Promise((resolve, reject) => {
        child.on('message', (message: OwnerMessage) => {
          // Narrowed by the comparison, which the compiler cannot follow through the type parameter.
          if (message.kind === kind) resolve(message as Extract<OwnerMessage, { kind: typeof kind }>)
          else if (message.kind === 'failed') reject(new Error(message.message))
        })
        child.once('exit', code => reject(new Error(`the owner ended with ${code}`)))
      }),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.send('stop')
      await exited
    },
  }
}

/** Resolves when the condition holds; rejects when it has not by then. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinSeconds = 10,
): Promise<void> {
  for (const end = Date.now() + 1_000 * withinSeconds; Date.now() < end; await delay(10)) {
    if (await condition()) return
  }
  throw new Error(`within ${withinSeconds} s it did not come to this: ${what}`)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
