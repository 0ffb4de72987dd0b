import { type SecretKind, secretKind } from './secret-keys.ts'
import { isPlaceholder, looksRandom, type Replace } from './secret-values.ts'
import { type Bounds, closingSqlQuote, quotedAt, valueAt } from './value-bounds.ts'

/**
 * Part of every name that tells a secret: a text without one of them has no pair to look for. `sig=` and `ignature=`
 * are for signed URLs, `dentified` for SQL.
 */
export const PAIR_HINTS: readonly string[] = (
  'pass pwd secret token key auth cookie cred jwt bearer otp cvv cvc code phrase mnemonic sessid sessionid ' +
  'sig= ignature= dentified'
).split(' ')

const HINTED = new RegExp(PAIR_HINTS.map(hint => hint.replace('=', '')).join('|'), 'i')

/**
 * A flag and a space (1), or a name (2), its closing quote (3) and a separator (4), perhaps the start of a list (5).
 * The lookbehind lets each run of name characters be entered once only, which keeps the search linear.
 */
const PAIR =
  /(?<![\w.-])(?:(--?[A-Za-z][\w-]*)[ \t]{1,3}(?!-)|([\w.-]+)(?:(\\*["'`]?)[ \t]{0,3}(=>|:=|[=:]|%3[Dd])[ \t]{0,3}(\[[ \t]{0,3}(?=\\*["'`]))?|>))/g
const NEXT_ELEMENT = /(?:\\*["'`])?[ \t]{0,3},[ \t]{0,3}(?=\\*["'`])/y
/** `ALTER ROLE app PASSWORD 'hunter2'`, and MySQL's `IDENTIFIED BY 'hunter2'`. */
const SQL_PASSWORD = /\b(?:password|identified[ \t]{1,3}by)[ \t]{1,3}'/gi

interface Pair {
  readonly kind: SecretKind | 'signature'
  /** False in running prose (`token: expired`), where the value itself must look like a secret. */
  readonly sure: boolean
  /** Put around the replacement of a bare value, so that `"pin": 1234` stays JSON. */
  readonly wrap: string
}

/** `text` with each value replaced whose name tells a secret: `name=value`, `"name": "value"`, `--name value`, … */
export function replacePairs(text: string, replace: Replace): string {
  let result = ''
  let from = 0
  PAIR.lastIndex = 0
  for (let match = PAIR.exec(text); match !== null; match = PAIR.exec(text)) {
    const name = match[1] ?? match[2]!
    if (!HINTED.test(name)) continue
    const separator = match[1] !== undefined ? '' : (match[4]?.toUpperCase() ?? '>')
    const pair = readPair(text, match, name, separator)
    if (pair === undefined) continue
    let value = valueAt(text, PAIR.lastIndex, name, separator)
    while (value !== undefined && value.end > value.start) {
      const secret = text.slice(value.start, value.end)
      if (isSecret(pair, value, secret)) {
        const wrap = value.quoted ? '' : pair.wrap
        result += text.slice(from, value.start) + wrap + replace(pair.kind, secret) + wrap
        from = value.end
        PAIR.lastIndex = from
      } else if (value.quoted) PAIR.lastIndex = value.end
      value = match[5] === undefined ? undefined : nextElement(text, value)
    }
  }
  return replaceSqlPasswords(result + text.slice(from), replace)
}

function replaceSqlPasswords(text: string, replace: Replace): string {
  let result = ''
  let from = 0
  SQL_PASSWORD.lastIndex = 0
  while (SQL_PASSWORD.test(text)) {
    const start = SQL_PASSWORD.lastIndex
    const end = closingSqlQuote(text, start)
    SQL_PASSWORD.lastIndex = end
    const secret = text.slice(start, end)
    if (isPlaceholder(secret)) continue
    result += text.slice(from, start) + replace('password', secret)
    from = end
  }
  return result + text.slice(from)
}

function readPair(text: string, match: RegExpExecArray, name: string, separator: string): Pair | undefined {
  if (separator === '>' && !'<:'.includes(text[match.index - 1] ?? ' ')) return undefined
  const escaped = text[match.index - 1] === '\\' && /^[nrt]/.test(name) // the line break of "…\ntoken=…"
  const kind = secretKind(name) ?? (escaped ? secretKind(name.slice(1)) : undefined)
  const quote = match[3] ?? ''
  if (kind !== undefined) return { kind, sure: separator !== ':' || quote !== '', wrap: separator === ':' ? quote : '' }
  if (separator === '=' && /(?:^|[-_.])sig(?:nature)?$/i.test(name)) return { kind: 'signature', sure: false, wrap: '' }
  return undefined
}

/** Kinds whose names are common words too. */
const WEAK_KINDS: ReadonlySet<string> = new Set(['token', 'api_key', 'signature'])
const SCHEME = /^(?:bearer|basic|digest|token|api-?key|negotiate|ntlm|aws4-[\w-]+|hmac[\w-]*|signature|key)\s/i

function isSecret({ kind, sure }: Pair, { quoted }: Bounds, value: string): boolean {
  if (isPlaceholder(value.replace(SCHEME, ''))) return false
  if (WEAK_KINDS.has(kind)) {
    if (/^\d{1,7}$/.test(value)) return false // a count
    return sure || quoted || looksRandom(value)
  }
  if (kind === 'authorization') return sure || quoted || SCHEME.test(value) || looksRandom(value)
  return true
}

function nextElement(text: string, { end }: Bounds): Bounds | undefined {
  NEXT_ELEMENT.lastIndex = end
  return NEXT_ELEMENT.test(text) ? quotedAt(text, NEXT_ELEMENT.lastIndex) : undefined
}
