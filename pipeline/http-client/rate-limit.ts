import type { IncomingHttpHeaders } from 'node:http'

/** Seconds since 1970 are above it, seconds to wait below. */
const EPOCH_S = 1_000_000_000

/** What `Retry-After` (RFC 9110, seconds or a date) asks for, else the reset of a limit that is used up; 0 where nothing does. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number {
  const asked = text(headers['retry-after'])
  if (asked !== undefined) {
    const seconds = Number(asked)
    const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(asked) - nowMs
    if (Number.isFinite(ms)) return Math.max(0, ms)
  }
  return limitPauseMs(headers, nowMs)
}

/** How long to wait after the last request that a limit allows: `X-RateLimit-Remaining: 0` and `X-RateLimit-Reset`. */
export function limitPauseMs(headers: IncomingHttpHeaders, nowMs: number): number {
  const remaining = text(headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining'])
  const reset = Number(text(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset']))
  if (remaining === undefined || Number(remaining) > 0 || !Number.isFinite(reset)) return 0
  return Math.max(0, reset > EPOCH_S ? reset * 1000 - nowMs : reset * 1000)
}

function text(header: string | string[] | undefined): string | undefined {
  const value = Array.isArray(header) ? header[0] : header
  return value === undefined || value.trim() === '' ? undefined : value.trim()
}
