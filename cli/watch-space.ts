import type { Logger } from 'pino'
import type { Readiness } from '../pipeline/readiness.ts'
import type { Store } from '../store/open.ts'

const LOOK_MS = 500
/** Whoever comes to the terminal later sees it, too. */
const REPEAT_MS = 60_000

/** Says on `/readyz` and in the log when nothing can be stored for want of room, and when it goes on. */
export function watchSpace(store: Store, readiness: Readiness, logger: Logger): () => Promise<void> {
  const problem = () => store.problem?.()
  readiness.watch('disk', problem)
  let told = Number.NEGATIVE_INFINITY
  const timer = setInterval(() => {
    const text = problem()
    const wasTold = told > Number.NEGATIVE_INFINITY
    if (text !== undefined && performance.now() - told > REPEAT_MS) {
      logger.error(text)
      told = performance.now()
    } else if (text === undefined && wasTold) {
      // A warning, so that a terminal shows it.
      logger.warn('the disk of the database has room again: going on')
      told = Number.NEGATIVE_INFINITY
    }
  }, LOOK_MS)
  timer.unref()
  return async () => clearInterval(timer)
}
