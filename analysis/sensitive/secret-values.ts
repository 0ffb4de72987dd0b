/** `replace(kind, secret)` gives what stands in the place of a secret. */
export type Replace = (kind: string, secret: string) => string

/** What stands where a secret would, but is none: placeholders, masks, what an earlier redaction left. */
const NO_SECRET = new RegExp(
  `^(?:${[
    '\\[REDACTED:[\\w#-]*\\](?:/[\\w/-]*)?[.:!?]*',
    '[[(<]?(?:filtered|redacted|masked|hidden|removed|secret|sensitive)[\\])>]?',
    '<[\\w -]{0,40}>',
    '[*x•]{3,}|\\*+|\\.{3}|-',
    'null|nil|none|undefined|true|false',
    '\\?|\\$\\d+|:\\w{1,40}|@p\\d+|%s|%v|\\{\\w{0,40}\\}|\\{\\{[^{}]{0,60}\\}\\}|!\\w{1,20}',
    '%\\w{1,40}%|\\$\\w{1,40}|\\$[{(][\\w:. -]{1,40}[})]',
    '(?:your|my|insert|enter|replace)[-_ ][\\w -]{0,40}|[\\w-]{0,40}[-_ ]here',
    'x-oauth-basic',
    '',
  ].join('|')})$`,
  'i',
)

/** A secret of which only the ends are shown. */
const MASKED = /[*•]{3,}|^[\w-]{0,8}\.{3}\w{0,6}$/

/** Longer values are no placeholders. */
const MAX_PLACEHOLDER_LENGTH = 64

export function isPlaceholder(value: string): boolean {
  return value.length <= MAX_PLACEHOLDER_LENGTH && (NO_SECRET.test(value) || MASKED.test(value))
}

const EARLIER_REDACTION = /\[REDACTED:[\w#-]*\]/g

/** Tells a credential from a word where a name alone would be too weak a sign: `token: expired`. */
export function looksRandom(value: string): boolean {
  const left = value.replace(EARLIER_REDACTION, '')
  return left.length >= 24 || (left.length >= 8 && /\d/.test(left))
}

/** From here on a run of letters and digits is hardly a name: sixteen random characters are 80 bits and more. */
const MIN_GENERATED_LENGTH = 16
const GENERATED = /^[\w.~+/=%-]+$/

/** Tells a credential where nothing but its looks speaks for it: long, letters and digits, and not made of words. */
export function looksGenerated(value: string): boolean {
  return value.length >= MIN_GENERATED_LENGTH && GENERATED.test(value) && /\d/.test(value) && !isName(value)
}

const WORD = /^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+)$/

/** `prod/shop-db`, `kube-system/bootstrap-token-7`: most of it stands in words, as names that people give do. */
export function isName(value: string): boolean {
  const parts = value.split(/[-_./:\s]+/).filter(part => part !== '')
  const letters = parts.filter(part => WORD.test(part) && part.length <= 16).join('').length
  return parts.length >= 2 && letters * 2 > parts.join('').length
}

/** The current folder goes by the name of `pwd` too; `value` may be its beginning only. */
export function isFolder(name: string, value: string): boolean {
  return /pwd$/i.test(name) && /^(?:\/|~|[A-Za-z]:[\\/])/.test(value)
}
