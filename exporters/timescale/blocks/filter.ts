import { secondHash } from './words.ts'

/**
 * Bits for each word of a filter, and how many of them a word sets: one word in 3,000 seems to be in a filter that it is
 * not in: a question for a rare word of a dozen templates asks ten thousands of filters twelve times each, and whatever
 * seems to be there is read. The database's function `filter_has` reads what this writes, whatever the number of bits.
 */
const BITS_PER_HASH = 20
const PROBES = 6
/** In a smaller one the probes of a word fall on one another. */
const BYTES_MIN = 32
/** A row of a filter of this size fills a quarter of a page, and never goes into TOAST. */
export const FILTER_HASHES_MAX = 780

/** A Bloom filter of the hashes, taken as 32 bits without sign: bit n is bit n & 7 of byte n >> 3. */
export function filterOf(hashes: { readonly size: number; forEach(visit: (hash: number) => void): void }): Uint8Array {
  const bytes = new Uint8Array(Math.max(BYTES_MIN, Math.ceil((hashes.size * BITS_PER_HASH) / 8)))
  const bits = bytes.length * 8
  hashes.forEach(hash => {
    // (hash + probe * step) % bits, in integers.
    const step = secondHash(hash) % bits
    for (let probe = 0, bit = (hash >>> 0) % bits; probe < PROBES; probe++) {
      bytes[bit >> 3]! |= 1 << (bit & 7)
      bit += step
      if (bit >= bits) bit -= bits
    }
  })
  return bytes
}
