/**
 * Texts that the table knows nothing of. Letters with marks are read without them (`Überlauf` is uberlauf). Words of
 * other scripts have no rows: pairs of their letters are hashed into the same space, so that like spellings are near
 * each other. What such words mean is not known.
 */

/** A letter of a script other than Latin, after folding. */
const FOREIGN_RUN = /[\p{L}\p{N}]*[^\p{ASCII}\P{L}][\p{L}\p{N}]*/gu
const MARKS = /\p{M}+/gu
const UNFOLDED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
}
const UNFOLDED_LETTERS = /[ßæœøđðłþı]/gi
/** Each pair of letters falls on so many dimensions, and one that two pairs share by chance weighs little. */
const PLACES = 6

export function folded(text: string): string {
  const plain = text.normalize('NFKD').replace(MARKS, '')
  return plain.replace(UNFOLDED_LETTERS, letter => UNFOLDED[letter.toLowerCase()]!)
}

export function foreignRuns(text: string): string[] {
  return text.match(FOREIGN_RUN) ?? []
}

/** Adds the pairs of a run's letters, all together of about the length `amount`. */
export function addPairs(vector: Float32Array, run: string, amount: number): void {
  const letters = [...run.toLowerCase()]
  const pairs = Math.max(1, letters.length - 1)
  const share = amount / Math.sqrt(pairs * PLACES)
  for (let at = 0; at < pairs; at++) addHashed(vector, `${letters[at] ?? ''}${letters[at + 1] ?? ''}`, share)
}

function addHashed(vector: Float32Array, feature: string, amount: number): void {
  let hash = fnv1a(feature)
  for (let nth = 0; nth < PLACES; nth++) {
    hash = mixed(hash + nth)
    vector[(hash >>> 1) % vector.length]! += (hash & 1) === 0 ? amount : -amount
  }
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

/** Spreads every bit over all of them (the finaliser of MurmurHash3), so that place and sign do not hang together. */
function mixed(hash: number): number {
  let bits = hash
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
