/** What a text is made of: its words in lower case, in order, and the identifiers that were taken apart. */
export interface Words {
  readonly words: readonly string[]
  /** `PaymentGatewayTimeoutError` as `paymentgatewaytimeouterror`, once for each time it stands there. */
  readonly compounds: readonly string[]
}

/** A longer text is cut: what is wrong stands at the head, and a stack of a thousand frames must not drown it. */
const MAX_CHARS = 8_192

const OTHER = 0
const LOWER = 1
const UPPER = 2
const DIGIT = 3
const IDEOGRAPH = 4

const CLASS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  return /[a-z]/.test(char) ? LOWER : /[A-Z]/.test(char) ? UPPER : /[0-9]/.test(char) ? DIGIT : OTHER
})
const LETTER = /^[\p{L}\p{M}\p{N}]$/u
/** Scripts that put no space between words. */
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u

/**
 * Splits prose, camelCase, snake_case, dotted.names and paths into words. Masked positions of a template (`<num>`,
 * `<*>`) say nothing and are left out. Accents are dropped; scripts without spaces give pairs of characters.
 */
export function splitWords(input: string): Words {
  const text = prepared(input)
  const words: string[] = []
  const compounds: string[] = []
  for (let at = 0; at < text.length; ) {
    const kind = classAt(text, at)
    if (kind === OTHER) at = text.charCodeAt(at) === 0x3c ? afterPlaceholder(text, at) : at + 1
    else if (kind === IDEOGRAPH) at = takePairs(text, at, words)
    else at = takeIdentifier(text, at, words, compounds)
  }
  return { words, compounds }
}

function prepared(input: string): string {
  const cut = input.length > MAX_CHARS ? input.slice(0, MAX_CHARS) : input
  const plain = /^[\x00-\x7f]*$/.test(cut) ? cut : withoutAccents(cut)
  if (!plain.includes("n't") && !/annot/i.test(plain)) return plain
  return plain.replace(/\bcan(?:not|'t)\b/gi, 'can not').replace(/n't\b/gi, ' not')
}

function withoutAccents(text: string): string {
  const bare = text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
  return bare.normalize('NFC').replaceAll('’', "'")
}

function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code < 128) return CLASS[code]!
  const char = String.fromCodePoint(text.codePointAt(at)!)
  if (UNSPACED.test(char)) return IDEOGRAPH
  return LETTER.test(char) ? LOWER : OTHER
}

/** After `<name>` or `<*>`; else after the `<` alone. */
function afterPlaceholder(text: string, at: number): number {
  let end = at + 1
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    const isName = code === 0x2a || code === 0x5f || (code < 128 && (CLASS[code] === LOWER || CLASS[code] === DIGIT))
    if (!isName) break
  }
  return text.charCodeAt(end) === 0x3e && end > at + 1 ? end + 1 : at + 1
}

function takePairs(text: string, from: number, words: string[]): number {
  let end = from
  while (end < text.length && classAt(text, end) === IDEOGRAPH) end++
  if (end - from === 1) words.push(text.slice(from, end))
  for (let at = from; at + 1 < end; at++) words.push(text.slice(at, at + 2))
  return end
}

/** One run of letters, digits and underscores, taken apart where its case changes. */
function takeIdentifier(text: string, from: number, words: string[], compounds: string[]): number {
  const first = words.length
  let start = from
  let before = OTHER
  let at = from
  for (; at < text.length; at++) {
    const kind = text.charCodeAt(at) === 0x5f ? OTHER : classAt(text, at)
    if (kind === IDEOGRAPH || (kind === OTHER && text.charCodeAt(at) !== 0x5f)) break
    // The `S` of `HTTPServer` starts a word as well as that of `httpServer`.
    const isEnd =
      kind === OTHER || (kind === UPPER && (before === LOWER || (before === UPPER && isLower(text, at + 1))))
    if (isEnd && at > start) words.push(text.slice(start, at).toLowerCase())
    if (kind === OTHER) start = at + 1
    else if (isEnd) start = at
    before = kind
  }
  if (at > start) words.push(text.slice(start, at).toLowerCase())
  if (words.length - first > 1) compounds.push(words.slice(first).join(''))
  return at
}

function isLower(text: string, at: number): boolean {
  return at < text.length && classAt(text, at) === LOWER
}
