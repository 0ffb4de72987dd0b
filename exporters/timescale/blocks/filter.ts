import { secondHash } from './words.ts'

/**
 * Bits for each word of a filter, and how many of them a word sets: one word in 300 seems to be in a filter that it is
 * not in. The database's function `filter_has` reads what this writes.
 */
const BITS_PER_HASH = 12
const PROBES = 6
/** A row of a filter of this size fills a quarter of a page, and never goes into TOAST. */
export const FILTER_HASHES_MAX = 1_300

/** A Bloom filter of the hashes, taken as 32 bits without sign: bit n is bit n & 7 of byte n >> 3. */
export function filterOf(hashes: Iterable<number> & { readonly size: number }): Uint8Array {
  const bytes = new Uint8Array(Math.max(1, Math.ceil((hashes.size * BITS_PER_HASH) / 8)))
  const bits = bytes.length * 8
  for (const hash of hashes) {
    const step = secondHash(hash)
    for (let probe = 0, at = hash >>> 0; probe < PROBES; probe++, at += step) {
      const bit = at % bits
      bytes[bit >> 3]! |= 1 << (bit & 7)
    }
  }
  return bytes
}
