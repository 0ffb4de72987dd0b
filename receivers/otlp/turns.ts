/**
 * One turn of the event loop for each who asks, in their order. A request takes milliseconds of work in one piece; of
 * many that have arrived together, each is worked on in a turn of its own, so that the database's answers, which the
 * next commit waits for, are heard in between.
 */
export function createTurns(): () => Promise<void> {
  const waiting: (() => void)[] = []
  const next = () => {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(next)
  }
  return () =>
    new Promise(resolve => {
      waiting.push(resolve)
      if (waiting.length === 1) setImmediate(next)
    })
}
