/**
 * Consistent probability sampling, as the OpenTelemetry specification defines it ("TraceState: Probability Sampling"):
 * every trace has 56 bits of randomness, a sampler keeps those at or above its threshold, and so all samplers, with
 * whatever percentage, keep subsets of one another.
 *
 * Randomness and thresholds are 14 lower-case hex digits here, for which the order of text is the order of numbers.
 */
const DIGITS = 14
const RANGE = 2 ** 56

/** The lowest randomness that is kept; `undefined` where none is. */
export function thresholdOf(percentage: number): string | undefined {
  const rejected = Math.round((1 - percentage / 100) * RANGE)
  return rejected >= RANGE ? undefined : BigInt(rejected).toString(16).padStart(DIGITS, '0')
}

/** A span's randomness: `rv` of its trace state, else the last 7 bytes of its trace id. */
export function randomnessOf(traceId: string, traceState: string): string {
  const explicit = traceState === '' ? undefined : readOpenTelemetry(traceState).get('rv')
  return explicit !== undefined && /^[0-9a-f]{14}$/.test(explicit) ? explicit : traceId.slice(-DIGITS)
}

/**
 * The trace state of a span that was kept: `th` tells whoever counts that the span stands for others. An earlier
 * sampler's threshold stays where it is the higher one, and goes where the span's randomness contradicts it.
 */
export function withThreshold(traceState: string, randomness: string, threshold: string): string {
  const members = readOpenTelemetry(traceState)
  const before = members.get('th')
  const earlier = before !== undefined && /^[0-9a-f]{1,14}$/.test(before) ? before.padEnd(DIGITS, '0') : undefined
  if (earlier !== undefined && earlier > randomness) members.delete('th')
  else {
    const stronger = earlier !== undefined && earlier > threshold ? earlier : threshold
    members.set('th', stronger.replace(/0+$/, '') || '0')
  }
  return writeOpenTelemetry(traceState, members)
}

const VENDOR = /^\s*ot=/

/** The `ot` member of a W3C trace state: `ot=th:8;rv:…` */
function readOpenTelemetry(traceState: string): Map<string, string> {
  const own = traceState.split(',').find(member => VENDOR.test(member)) ?? ''
  const members = new Map<string, string>()
  for (const pair of own.replace(VENDOR, '').trim().split(';')) {
    const colon = pair.indexOf(':')
    if (colon > 0) members.set(pair.slice(0, colon), pair.slice(colon + 1))
  }
  return members
}

/** W3C Trace Context, 3.3.1.5. */
const MAX_MEMBERS = 32

/** What was changed goes to the front, and what is too much falls off the end, as W3C Trace Context asks. */
function writeOpenTelemetry(traceState: string, members: ReadonlyMap<string, string>): string {
  const others = traceState.split(',').filter(member => member.trim() !== '' && !VENDOR.test(member))
  const own = [...members].map(([key, value]) => `${key}:${value}`).join(';')
  return (own === '' ? others : [`ot=${own}`, ...others]).slice(0, MAX_MEMBERS).join(',')
}
