import { BODY_GRACE_MS, BODY_TIMEOUT_MS, MIN_BODY_BYTES_PER_S, SWEEP_MS } from './limits.ts'

/** A body on its way in, as far as the clock goes. */
export interface Pace {
  readonly beganAt: number
  bytes: number
  lastAt: number
}

export function startPace(now: number): Pace {
  return { beganAt: now, bytes: 0, lastAt: now }
}

/** Books that `bytes` have come in all. `isOurs`: some of them lie unread, so that the sender cannot go on. */
export function keepPace(pace: Pace, bytes: number, isOurs: boolean, now: number): void {
  if (bytes > pace.bytes || isOurs) pace.lastAt = now
  pace.bytes = bytes
}

/** True of a body that has fallen silent, that comes too slowly, or that has taken too long in all. */
export function isTooSlow({ beganAt, bytes, lastAt }: Pace, now: number): boolean {
  const ageMs = now - beganAt
  if (ageMs > BODY_TIMEOUT_MS || now - lastAt > BODY_GRACE_MS) return true
  return ageMs > BODY_GRACE_MS && bytes < (ageMs / 1000) * MIN_BODY_BYTES_PER_S
}

/** Looks at what arrives, again and again, until it is stopped. */
export function watchPace(look: (now: number) => void): () => void {
  let lastAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const isLate = now - lastAt > 2 * SWEEP_MS
    lastAt = now
    // We were kept from reading ourselves: what has come meanwhile is not seen yet.
    if (!isLate) look(now)
  }, SWEEP_MS)
  timer.unref()
  return () => clearInterval(timer)
}
