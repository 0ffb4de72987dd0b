/**
 * One rule for the times that senders write, at every way in: telemetry is from 1990 on (before it lie an unset clock, Go's
 * and .NET's zero times, and seconds or milliseconds where nanoseconds belong), and at most a day ahead of our clock.
 */
const EARLIEST_MS = Date.UTC(1990, 0)
/** A clock that runs ahead by so much is set wrong. */
const MAX_AHEAD_MS = 86_400_000
const NANOS_PER_MS = 1_000_000n

/** True of what a row may be dated with: anything else would lead every list for years, or leave with the next expiry. */
export function isDatable(ms: number, nowMs: number): boolean {
  return ms >= EARLIEST_MS && ms <= nowMs + MAX_AHEAD_MS
}

/** The time where it may date a row, else that of the receipt: of records whose sender cannot mend its clock. */
export function datable(unixNano: bigint, receivedUnixNano: bigint): bigint {
  return isDatable(Number(unixNano) / 1e6, Number(receivedUnixNano) / 1e6) ? unixNano : receivedUnixNano
}

const UNITS_NANO = [1_000n, NANOS_PER_MS, 1_000_000_000n]
const DAY_NANO = BigInt(MAX_AHEAD_MS) * NANOS_PER_MS

/**
 * What was meant by a time that may not date a row: microseconds, milliseconds or seconds where that comes to within a day
 * of `nearUnixNano`, else undefined.
 */
export function inAnotherUnit(time: bigint, nearUnixNano: bigint): bigint | undefined {
  return UNITS_NANO.map(unit => time * unit).find(
    read => read > nearUnixNano - DAY_NANO && read < nearUnixNano + DAY_NANO,
  )
}
