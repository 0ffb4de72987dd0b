/** The line that names an error: `TypeError: x is not a function`. */
export interface Header {
  readonly type: string
  readonly message: string
}

// Identifiers joined by `.`, `::`, `\` or `+`, then perhaps a generic arity, a code in brackets or an HRESULT, then `: message`.
const HEADER =
  /^([A-Za-z_$][\w$-]*(?:(?:\.|::|\\|\+)[A-Za-z_$][\w$-]*)*)(?:`\d+)?(?:@anonymous)?(?: (?:\[[\w.-]+\]|\(0x[0-9A-Fa-f]+\)))?(?:: (.*)|:?)$/s
const LEADS = ['Uncaught (in promise) ', 'Uncaught ', 'Unhandled exception. ', 'Unhandled Exception: ']
const NAMES_AN_ERROR = /(?:error|exception|failure|fault|warning|panic|interrupt|exit)$/i

/**
 * Reads `line` as the name and message of an error, else undefined. A word before a colon is a name where it looks like
 * a class (`CartEmpty: …`) or like an error (`syntax_error: …`); `note: …` and `code: 42` are neither.
 */
export function readHeader(line: string): Header | undefined {
  let text = line
  for (const lead of LEADS) if (text.startsWith(lead)) text = text.slice(lead.length)
  const match = HEADER.exec(text)
  const type = match?.[1]
  if (type === undefined) return undefined
  const simple = simpleName(type)
  if (!isUpper(simple.charCodeAt(0)) && !NAMES_AN_ERROR.test(simple)) return undefined
  return { type, message: match?.[2] ?? '' }
}

/** The last word of a qualified name. */
export function simpleName(type: string): string {
  let start = type.length
  while (start > 0 && !'.:\\+'.includes(type[start - 1]!)) start--
  return type.slice(start)
}

/** True where the name itself says that it is an error. */
export function namesAnError(type: string): boolean {
  return NAMES_AN_ERROR.test(type)
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a
}
