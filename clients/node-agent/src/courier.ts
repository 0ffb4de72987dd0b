import { background } from '../../delivery/delivery.ts'
import type { Later } from './spool.ts'

export interface Courier {
  /** There is something to send. Waits out a pause that a failure or the server asked for. */
  wake(): void
  /** One more round, now. True when nothing waits after it. */
  flush(): Promise<boolean>
  close(): void
}

export interface Pauses {
  readonly retryMinMs: number
  readonly retryMaxMs: number
}

/**
 * Runs rounds of sending, one at a time. After one that failed there is a pause: as long as the server says, else
 * doubling, with jitter so that the nodes of one outage do not come back at once. `round` does not reject.
 */
export function createCourier(round: () => Promise<Later | undefined>, pauses: Pauses): Courier {
  let working: Promise<boolean> | undefined
  let pause: ReturnType<typeof setTimeout> | undefined
  let isAskedAgain = false
  let isClosed = false
  let failures = 0

  async function work(): Promise<boolean> {
    let later: Later | undefined
    do {
      isAskedAgain = false
      later = await round()
    } while (later === undefined && isAskedAgain)
    working = undefined
    failures = later === undefined ? 0 : failures + 1
    if (later !== undefined && !isClosed) pause = background(endPause, later.retryAfterMs ?? backoffMs())
    return later === undefined
  }

  function backoffMs(): number {
    const ceilingMs = Math.min(pauses.retryMaxMs, pauses.retryMinMs * 2 ** Math.min(failures - 1, 30))
    return ceilingMs * (0.5 + Math.random() / 2)
  }

  function endPause(): void {
    clearTimeout(pause)
    pause = undefined
    wake()
  }

  function wake(): void {
    if (working !== undefined) isAskedAgain = true
    else if (pause === undefined && !isClosed) working = work()
  }

  return {
    wake,
    async flush() {
      await working
      clearTimeout(pause)
      pause = undefined
      working ??= work()
      return working
    },
    close() {
      isClosed = true
      clearTimeout(pause)
    },
  }
}
