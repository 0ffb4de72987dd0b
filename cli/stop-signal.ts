/** npm passes a signal on that the terminal has already sent to us: the second within this is the same one. */
const SAME_SIGNAL_MS = 2_000

/** Resolves at the first SIGINT or SIGTERM. A later one ends the process at once, for someone who will not wait. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let firstMs: number | undefined
    const onSignal = (signal: NodeJS.Signals) => {
      if (firstMs === undefined) {
        firstMs = performance.now()
        resolve(signal)
      } else if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(130)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
