import { z } from 'zod'
import { EdgeRefusal } from './refusal.ts'

/** The settings that every edge receiver has. */
export const edgeLimits = (maxBodyBytes: number) => ({
  max_body_bytes: z.int().min(1_024).max(16_777_216).default(maxBodyBytes).describe('Largest body.'),
  requests_per_s: z.number().min(0.1).default(500).describe('Requests a second in the long run; past it 429.'),
  burst_requests: z.int().min(1).default(2_000).describe('Requests at once after a quiet time.'),
})

/** @throws EdgeRefusal 429 */
export type RateLimit = (nowMs: number) => void

/** Lets `perSecond` through in the long run, and `burst` at once. */
export function createRateLimit(perSecond: number, burst: number): RateLimit {
  let tokens = burst
  let lastMs: number | undefined
  return nowMs => {
    tokens = Math.min(burst, tokens + ((nowMs - (lastMs ?? nowMs)) / 1000) * perSecond)
    lastMs = nowMs
    if (tokens < 1) {
      const message = `more than ${perSecond} requests a second (requests_per_s); send several events in one request`
      throw new EdgeRefusal(429, message, { retryAfterMs: ((1 - tokens) / perSecond) * 1000 })
    }
    tokens -= 1
  }
}
