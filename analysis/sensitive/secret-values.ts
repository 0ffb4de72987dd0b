/** `replace(kind, secret)` gives what stands in the place of a secret. */
export type Replace = (kind: string, secret: string) => string

/** What stands where a secret would, but is none: placeholders, masks, what an earlier redaction left. */
const NO_SECRET = new RegExp(
  `^(?:${[
    '\\[REDACTED:[\\w#-]*\\]',
    '\\[(?:filtered|redacted|masked|hidden|removed)\\]',
    '<[\\w -]{0,40}>',
    '\\*+|x{3,}|•+|\\.{3}|-',
    'null|nil|none|undefined|true|false',
    '\\?|\\$\\d+|:\\w{1,40}|@p\\d+|%s|%v|\\{\\w{0,40}\\}|\\$\\{\\w{1,40}\\}|\\{\\{[^{}]{0,60}\\}\\}',
    '',
  ].join('|')})$`,
  'i',
)

/** Longer values are no placeholders. */
const MAX_PLACEHOLDER_LENGTH = 64

export function isPlaceholder(value: string): boolean {
  return value.length <= MAX_PLACEHOLDER_LENGTH && NO_SECRET.test(value)
}

/** Tells a credential from a word where a name alone would be too weak a sign: `token: expired`. */
export function looksRandom(value: string): boolean {
  const left = value.replace(/\[REDACTED:[\w#-]*\]/g, '')
  return left.length >= 24 || (left.length >= 8 && /\d/.test(left))
}

/** The current folder goes by the name of `pwd` too; `value` may be its beginning only. */
export function isFolder(name: string, value: string): boolean {
  return /pwd$/i.test(name) && /^(?:\/|~|[A-Za-z]:[\\/])/.test(value)
}
