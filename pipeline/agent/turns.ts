/** Lets so many at once; the others wait, until their signal ends that. */
export function createPlaces(atOnce: number): (signal: AbortSignal) => Promise<() => void> {
  const waiting: (() => void)[] = []
  let free = atOnce
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return async signal => {
    signal.throwIfAborted()
    if (free > 0) free -= 1
    else {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const give = () => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const stop = () => {
        waiting.splice(waiting.indexOf(give), 1)
        reject(signal.reason)
      }
      signal.addEventListener('abort', stop, { once: true })
      waiting.push(give)
      await promise
    }
    let isOut = false
    return () => {
      if (!isOut) leave()
      isOut = true
    }
  }
}
