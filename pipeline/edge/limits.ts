import { z } from 'zod'
import { EdgeRefusal } from './refusal.ts'

/** The settings that every edge receiver has. */
export const edgeLimits = (maxBodyBytes: number) => ({
  max_body_bytes: z.int().min(1_024).max(16_777_216).default(maxBodyBytes).describe('Largest body.'),
  requests_per_s: z
    .number()
    .min(0.1)
    .default(500)
    .describe('Requests a second of one sender in the long run; past it 429.'),
  burst_requests: z.int().min(1).default(2_000).describe('Requests of one sender at once after a quiet time.'),
})

/** Senders that are kept in mind; past it those that have been quiet the longest are forgotten. */
const MAX_SENDERS = 10_000
/** Failures of one address in the long run and at once: enough for a fleet whose token was changed, no more. */
const FAILURES_PER_S = 10
const FAILURES_BURST = 100

export interface RateLimits {
  /** @throws EdgeRefusal 429 when `sender` sends more than it may */
  allow(sender: string, nowMs: number): void
  /**
   * Books a request that showed no right token. They are counted apart, by address: who guesses must not use up what
   * those may send who know.
   * @throws EdgeRefusal 429 when there were too many
   */
  failed(address: string, nowMs: number): void
}

export function createRateLimits(perSecond: number, burst: number): RateLimits {
  const requests = createBuckets(perSecond, burst)
  const failures = createBuckets(FAILURES_PER_S, FAILURES_BURST)
  return {
    allow: (sender, nowMs) => {
      const waitMs = requests(sender, nowMs)
      if (waitMs === 0) return
      const message = `more than ${perSecond} requests a second (requests_per_s); send several events in one request`
      throw new EdgeRefusal(429, message, { retryAfterMs: waitMs })
    },
    failed: (address, nowMs) => {
      const waitMs = failures(address, nowMs)
      if (waitMs === 0) return
      throw new EdgeRefusal(429, 'too many requests without a right token came from this address; mend the token', {
        retryAfterMs: waitMs,
      })
    },
  }
}

interface Bucket {
  tokens: number
  lastMs: number
}

/** A bucket for each name that lets `perSecond` through in the long run and `burst` at once. Tells how long to wait. */
function createBuckets(perSecond: number, burst: number): (name: string, nowMs: number) => number {
  const buckets = new Map<string, Bucket>()
  return (name, nowMs) => {
    const bucket = buckets.get(name) ?? { tokens: burst, lastMs: nowMs }
    // Taken out and put back: the map's order is that of the last use.
    buckets.delete(name)
    buckets.set(name, bucket)
    if (buckets.size > MAX_SENDERS) buckets.delete(buckets.keys().next().value!)
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.lastMs) / 1000) * perSecond)
    bucket.lastMs = nowMs
    if (bucket.tokens < 1) return ((1 - bucket.tokens) / perSecond) * 1000
    bucket.tokens -= 1
    return 0
  }
}
