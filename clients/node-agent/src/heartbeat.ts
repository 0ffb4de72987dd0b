import type { Outcome } from '../../delivery/delivery.ts'

/**
 * Sends a heartbeat now and then in every interval, never two at once. One that fails is not sent later: it would tell
 * of a state that is over. Where the server asks for a pause, the beats within it are left out. Returns what ends it.
 */
export function startHeartbeat(
  intervalMs: number,
  send: () => Promise<Outcome>,
  onWarning: (message: string) => void,
): () => void {
  let isUnderWay = false
  let isStopped = false
  let quietUntilMs = 0

  async function beat(): Promise<void> {
    if (isUnderWay || performance.now() < quietUntilMs) return
    isUnderWay = true
    const outcome = await send()
    isUnderWay = false
    if (outcome === 'sent' || isStopped) return
    if ('retry' in outcome) quietUntilMs = performance.now() + (outcome.retryAfterMs ?? 0)
    onWarning(`a heartbeat was not taken: ${'retry' in outcome ? outcome.retry : outcome.refused}`)
  }

  const beating = setInterval(() => void beat(), intervalMs)
  beating.unref()
  void beat()
  return () => {
    isStopped = true
    clearInterval(beating)
  }
}
