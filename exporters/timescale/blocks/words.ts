/**
 * What a word is, here and in the database's function `search_words`, which must say the same: a run of letters, digits
 * and underscores, in any case of ASCII's letters. Scripts without spaces and whatever lies beyond the basic plane have
 * a word for each character.
 */
const SEPARATOR = 0
const PART = 1
const ALONE = 2

/** Kinds of code units below 128, and what each counts as: capitals as small letters. */
const KINDS = new Uint8Array(128)
const LOWER = new Uint8Array(128)
for (let code = 0; code < 128; code++) {
  KINDS[code] = /\w/.test(String.fromCharCode(code)) ? PART : SEPARATOR
  LOWER[code] = String.fromCharCode(code).toLowerCase().charCodeAt(0)
}

/** Beyond ASCII, in rising order: from this code unit on, this kind. */
const RANGES: readonly (readonly [from: number, kind: number])[] = [
  [0x80, SEPARATOR],
  [0xc0, PART],
  [0x2000, SEPARATOR],
  [0x2c00, PART],
  [0x2e00, SEPARATOR],
  [0x3040, ALONE],
  [0xa4d0, PART],
  [0xac00, ALONE],
  [0xe000, SEPARATOR],
  [0xf900, ALONE],
  [0xfb00, PART],
  [0xfe00, SEPARATOR],
  [0xfe70, PART],
  [0xfeff, SEPARATOR],
  [0xff10, PART],
  [0xff1a, SEPARATOR],
  [0xff21, PART],
  [0xff3b, SEPARATOR],
  [0xff41, PART],
  [0xff5b, SEPARATOR],
  [0xff66, ALONE],
  [0xffe0, SEPARATOR],
]

function kindBeyondAscii(code: number): number {
  let kind = SEPARATOR
  for (const [from, of] of RANGES) {
    if (code < from) break
    kind = of
  }
  return kind
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193
const MIX = 0x45d9f3b

/**
 * The last step of a hash: every bit of it depends on every bit that went in. With its sign: a Set holds such a number
 * without an object of its own.
 */
function mixed(hash: number): number {
  let mix = Math.imul((hash >>> 16) ^ hash, MIX)
  mix = Math.imul((mix >>> 16) ^ mix, MIX)
  return (mix >>> 16) ^ mix
}

/** The second of the two hashes that place a word in a filter. */
export function secondHash(hash: number): number {
  return (mixed(hash ^ 0x5bd1e995) | 1) >>> 0
}

/** The hash of a whole text, as it is but for the case of ASCII's letters. */
export function hashOf(text: string): number {
  return hashAfter(FNV_OFFSET, text)
}

/** What `hashOf` has come to after `text`, for `hashAfter` to go on from. */
export function hashStart(text: string): number {
  return unmixed(FNV_OFFSET, text)
}

/** The hash of a text of which the beginning has gone in already. */
export function hashAfter(start: number, text: string): number {
  return mixed(unmixed(start, text))
}

function unmixed(start: number, text: string): number {
  let hash = start
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    hash = Math.imul(hash ^ (code < 128 ? LOWER[code]! : code), FNV_PRIME)
  }
  return hash
}

/** Calls `visit` with the hash of every word, as often as it stands there. Allocates nothing. */
export function eachWord(text: string, visit: (hash: number) => void): void {
  let hash = FNV_OFFSET
  let isOpen = false
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    let kind: number
    if (code < 128) {
      kind = KINDS[code]!
      code = LOWER[code]!
    } else if (code >= 0xd800 && code < 0xdc00 && i + 1 < text.length) {
      // A character of two units: both go into the hash.
      if (isOpen) visit(mixed(hash))
      isOpen = false
      i += 1
      visit(mixed(Math.imul(Math.imul(FNV_OFFSET ^ code, FNV_PRIME) ^ text.charCodeAt(i), FNV_PRIME)))
      continue
    } else kind = kindBeyondAscii(code)
    if (kind === PART) {
      if (!isOpen) hash = FNV_OFFSET
      isOpen = true
      hash = Math.imul(hash ^ code, FNV_PRIME)
      continue
    }
    if (isOpen) visit(mixed(hash))
    isOpen = false
    if (kind === ALONE) visit(mixed(Math.imul(FNV_OFFSET ^ code, FNV_PRIME)))
  }
  if (isOpen) visit(mixed(hash))
}

/** Placeholders of a template, with the letters that stand against them: those are part of a variable word. */
const VARIABLE = /[\w\u0080-\uffff]*<[a-z0-9_*]+>[\w\u0080-\uffff]*/g

/** The words that every message of the template has: `search_words(template_literals(…))` of the database. */
export function literalWords(template: string): ReadonlySet<number> {
  const words = new Set<number>()
  eachWord(template.replaceAll(VARIABLE, ' '), hash => words.add(hash))
  return words
}
