/** What one request may make of us. Part of the decoders' interface, so that tests can reach the limits cheaply. */
export interface DecodeLimits {
  /** Arrays and key-value lists inside one value; a record that nests deeper is rejected as `too_deep`. */
  readonly maxDepth: number
  /** Estimated memory of the decoded records as a multiple of the request's size; past it the request is refused. */
  readonly maxExpansion: number
}

/**
 * `maxDepth`: the Collector's own exporters stop at 20 to 30 levels, and 32 recursive calls are far from any stack.
 *
 * `maxExpansion`: what we admit is counted in encoded bytes, so memory is bounded only if a byte cannot become
 * arbitrarily much. An empty log record takes 2 bytes on the wire and 160 here, an attribute list 6 and 250. Real
 * requests come to 3 to 5 times their size, the leanest legitimate one (a gauge's points without attributes) to 10.
 */
export const DECODE_LIMITS: DecodeLimits = { maxDepth: 32, maxExpansion: 16 }

/** A small request may take this much whatever its size: a test of 3,000 empty records is no attack. */
export const MIN_DECODED_BYTES = 1024 * 1024

/** Estimates for V8 on 64 bits, measured on a million of each; strings and numbers are counted with their field. */
export const RECORD_COST_BYTES = 144
export const MAP_COST_BYTES = 192
export const PART_COST_BYTES = 96
export const MESSAGE_COST_BYTES = 16
