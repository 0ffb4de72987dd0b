import { z } from 'zod'

/** A clock that runs ahead by so much is set wrong. */
const MAX_AHEAD_MS = 86_400_000

/** True of what a row may be dated with: OTLP has no time before 1970, and a far one would lead every list for years. */
export function isDatable(ms: number, nowMs: number): boolean {
  return ms >= 0 && ms <= nowMs + MAX_AHEAD_MS
}

/** The time that an event says it has, where the sender can be told to mend it. */
export const edgeTime = z.iso
  .datetime({ offset: true, abort: true, error: 'send a time with its zone, such as 2026-11-21T10:00:00Z' })
  .refine(
    text => isDatable(Date.parse(text), Date.now()),
    'send a time from 1970 until 24 hours after this server’s clock',
  )

/** Of records whose sender cannot mend its clock: the receipt dates what no row may be dated with. */
export function datable(unixNano: bigint, receivedUnixNano: bigint): bigint {
  return isDatable(Number(unixNano) / 1e6, Number(receivedUnixNano) / 1e6) ? unixNano : receivedUnixNano
}
