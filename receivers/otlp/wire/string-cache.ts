/** Longer strings are mostly distinct (URLs, statements, messages), and remembering those costs more than it saves. */
const MAX_BYTES = 32
const SLOT_WORDS = MAX_BYTES / 4

/**
 * Remembers short ASCII strings by their bytes, so that the same attribute key or value of a thousand spans is one
 * JavaScript string. That is four times faster than asking V8 for a new one and keeps the decoded records small.
 *
 * Direct-mapped: a string has one slot, and the next one with the same hash takes it over. So the memory is fixed
 * (`slots` × about 90 bytes) whatever arrives, and hostile input can only make us miss.
 */
export class StringCache {
  readonly #mask: number
  readonly #words: Int32Array
  readonly #lengths: Uint8Array
  readonly #strings: string[]

  /** `slots` is a power of two. */
  constructor(slots: number) {
    this.#mask = slots - 1
    this.#words = new Int32Array(slots * SLOT_WORDS)
    this.#lengths = new Uint8Array(slots)
    this.#strings = new Array<string>(slots).fill('')
  }

  /** The string of `length` ≥ 1 bytes at `start`; bytes that are not UTF-8 become U+FFFD. */
  read(bytes: Buffer, view: DataView, start: number, length: number): string {
    if (length > MAX_BYTES) return bytes.toString('utf8', start, start + length)
    // Four bytes at a time; the last step overlaps the one before, so that no byte is read past the end.
    let hash = length
    let seen = 0
    const last = length - 4
    for (let i = 0; i < last; i += 4) {
      const word = view.getInt32(start + i, true)
      seen |= word
      hash = Math.imul(hash ^ word, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    const tail = last >= 0 ? view.getInt32(start + last, true) : shortTail(bytes, start, length)
    seen |= tail
    if ((seen & 0x80808080) !== 0) return bytes.toString('utf8', start, start + length)
    hash = Math.imul(hash ^ tail, 0x85ebca6b)
    const slot = (hash ^ (hash >>> 13)) & this.#mask
    if (this.#lengths[slot] === length && this.#holds(slot * SLOT_WORDS, view, start, last, tail)) {
      return this.#strings[slot]!
    }
    return this.#remember(slot, bytes, view, start, length, tail)
  }

  #holds(base: number, view: DataView, start: number, last: number, tail: number): boolean {
    const words = this.#words
    let at = base
    for (let i = 0; i < last; i += 4) if (words[at++] !== view.getInt32(start + i, true)) return false
    return words[at] === tail
  }

  #remember(slot: number, bytes: Buffer, view: DataView, start: number, length: number, tail: number): string {
    const text = bytes.toString('latin1', start, start + length)
    let at = slot * SLOT_WORDS
    for (let i = 0; i < length - 4; i += 4) this.#words[at++] = view.getInt32(start + i, true)
    this.#words[at] = tail
    this.#lengths[slot] = length
    this.#strings[slot] = text
    return text
  }
}

function shortTail(bytes: Buffer, start: number, length: number): number {
  let word = 0
  for (let i = 0; i < length; i++) word = (word << 8) | bytes[start + i]!
  return word
}
