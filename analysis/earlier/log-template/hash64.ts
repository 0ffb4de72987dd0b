/**
 * A 64-bit hash of a sequence of code units in two 32-bit lanes, so that nothing is allocated until the end. Each step
 * is a bijection of each lane (rotate, xor, multiply by an odd number); the last mix makes every input bit reach every
 * output bit, after the finalizer of MurmurHash3.
 */
export const lanes = { high: 0, low: 0 }

const HIGH_SEED = 0x243f6a88 | 0
const LOW_SEED = 0x85a308d3 | 0
const HIGH_FACTOR = 0x9e3779b1 | 0
const LOW_FACTOR = 0x85ebca77 | 0

export function startHash(): void {
  lanes.high = HIGH_SEED
  lanes.low = LOW_SEED
}

/** Adds one number (a code unit, or a marker above 0xffff). */
export function addNumber(value: number): void {
  const { high, low } = lanes
  lanes.high = Math.imul(((high << 7) | (high >>> 25)) ^ value, HIGH_FACTOR)
  lanes.low = Math.imul(((low << 13) | (low >>> 19)) ^ value, LOW_FACTOR)
}

/** Adds the code units of `text` from `start` to `end`. */
export function addText(text: string, start: number, end: number): void {
  let { high, low } = lanes
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    high = Math.imul(((high << 7) | (high >>> 25)) ^ code, HIGH_FACTOR)
    low = Math.imul(((low << 13) | (low >>> 19)) ^ code, LOW_FACTOR)
  }
  lanes.high = high
  lanes.low = low
}

/** Ends the hash: `lanes` holds two signed 32-bit halves. */
export function finishHash(): void {
  const high = mix(lanes.high ^ Math.imul(lanes.low, 0x27d4eb2f))
  const low = mix(lanes.low ^ Math.imul(high, 0x165667b1))
  lanes.high = high
  lanes.low = low
}

function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Both lanes as one signed 64-bit number, as Postgres' bigint holds it. */
export function joined(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0)
}
