const PRIME_LOW = 0x1b3
const encoder = new TextEncoder()
const scratch = new Uint8Array(4096)

/**
 * FNV-1a, 64 bits, over the UTF-8 bytes of `text`, signed as Postgres' bigint holds it. Chosen because the same id can
 * be computed anywhere in ten lines, SQL included; the ids are kept, so the function can never change. Source:
 * draft-eastlake-fnv, section 6.
 */
export function hash64(text: string): bigint {
  const bytes = utf8(text)
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0
    // The prime is 2^40 + 0x1b3: a shift of the low half into the high one, and two products that stay below 2^53.
    const product = low * PRIME_LOW
    high = (high * PRIME_LOW + Math.floor(product / 0x100000000) + low * 0x100) % 0x100000000
    low = product >>> 0
  }
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
}

/** A lone surrogate becomes U+FFFD, as it does on its way into a database. */
function utf8(text: string): Uint8Array {
  if (text.length * 3 > scratch.length) return encoder.encode(text)
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written)
}
