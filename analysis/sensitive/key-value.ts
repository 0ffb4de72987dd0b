import { isUserAndPassword } from './base64-wrapped.ts'
import { isOrdinary, isProse } from './ordinary-values.ts'
import { type SecretKind, secretKind } from './secret-keys.ts'
import { isName, isPlaceholder, looksGenerated, looksRandom, type Replace } from './secret-values.ts'
import { type Bounds, CLOSING_QUOTE, quotedAt, valueAt } from './value-bounds.ts'

/**
 * Part of every name that tells a secret: a text without one of them has no pair to look for. `sig=` and `ignature=`
 * are for signed URLs, `dentified` for SQL, `sid=` and `essionId=` for cookies.
 */
export const PAIR_HINTS: readonly string[] = (
  'pass pwd secret token key auth cookie cred jwt bearer otp cvv cvc code phrase mnemonic sessid sessionid psk ' +
  'sig= ignature= dentified .sid essionId honeycomb-team saml assertion ticket= verifier'
).split(' ')

const HINTED = new RegExp(PAIR_HINTS.map(hint => hint.replace('=', '').replace('.', '\\.')).join('|'), 'i')

/**
 * A flag and a space (1), or a name (2), its closing quote (3) and a separator (4), perhaps the start of a list (5).
 * The lookbehind lets each run of name characters be entered once only, which keeps the search linear.
 */
const PAIR = new RegExp(
  `(?<![\\w.-])(?:(--?[A-Za-z][\\w-]*)[ \\t]{1,3}(?!-)|([\\w.-]+)(?:(?:(${CLOSING_QUOTE})\\]?)?[ \\t]{0,3}` +
    `(=>|:=|[=:](?![=~:])|%3[DdAa])[ \\t]{0,3}(\\[[ \\t]{0,3}(?=${CLOSING_QUOTE}))?|>))`,
  'g',
)
const NEXT_ELEMENT = new RegExp(`(?:${CLOSING_QUOTE})?[ \\t]{0,3},[ \\t]{0,3}(?=${CLOSING_QUOTE})`, 'y')
const PHRASE = /(?:(?:seed|recovery)[-_ ]?phrase|mnemonic|^phrase)$/i
const PREVIOUS_WORD = /([A-Za-z][\w-]{0,23})[ \t]{1,3}["'`]?$/

interface Pair {
  readonly kind: SecretKind | 'signature' | 'session'
  /** How far the name alone can be trusted. */
  readonly trust: 'sure' | 'prose' | 'looks' | 'wrapped' | 'phrase' | 'mixed'
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
    if (value !== undefined && PHRASE.test(name)) value = withFurtherWords(text, value)
    while (value !== undefined && value.end > value.start) {
      const secret = text.slice(value.start, value.end)
      if (isSecret(text, pair, value, secret, match[5] !== undefined)) {
        const wrap = value.quoted ? '' : pair.wrap
        result += text.slice(from, value.start) + wrap + replace(pair.kind, secret) + wrap
        from = value.end
        PAIR.lastIndex = from
      } else if (value.quoted) PAIR.lastIndex = value.end
      value = match[5] === undefined ? undefined : nextElement(text, value)
    }
  }
  return result + text.slice(from)
}

function readPair(text: string, match: RegExpExecArray, name: string, separator: string): Pair | undefined {
  const before = text[match.index - 1] ?? ' '
  if (separator === '>' && !'<:'.includes(before)) return undefined
  const escaped = before === '\\' && /^[nrt]/.test(name) // the line break of "…\ntoken=…"
  const kind = secretKind(name) ?? (escaped ? secretKind(name.slice(1)) : undefined)
  const quote = match[3] ?? ''
  const wrap = separator === ':' ? quote : ''
  const previous = PREVIOUS_WORD.exec(text.slice(Math.max(0, match.index - 28), match.index))?.[1] ?? ''
  if (kind !== undefined) {
    if (kind === 'token' && NO_CREDENTIAL.test(previous)) return undefined
    const named = separator !== ':' || quote !== ''
    // A name that is nothing but "secret" is as often that of the object which holds one.
    const isObject = /^secret$/i.test(name) && quote === '' && !'?&'.includes(before) && separator !== '>'
    if (PHRASE.test(name)) return { kind, trust: 'phrase', wrap }
    const doubted = isObject || (kind === 'token' && DOUBTED.test(previous))
    return { kind, trust: doubted ? 'looks' : named ? 'sure' : 'prose', wrap }
  }
  if (name.toLowerCase() === 'pass') return { kind: 'password', trust: 'mixed', wrap }
  if (separator === '=' && /(?:^|[-_.])sig(?:nature)?$/i.test(name)) return { kind: 'signature', trust: 'prose', wrap }
  if (separator === '=' && /(?:^|[-_.])(?:sid|session_?id)$/i.test(name))
    return { kind: 'session', trust: 'looks', wrap }
  if (/(?:^|[-_.])auth$/i.test(name)) return { kind: 'password', trust: 'wrapped', wrap }
  const both = previous === '' || separator === '>' ? undefined : secretKind(`${previous}_${name}`)
  return both === undefined ? undefined : { kind: both, trust: 'prose', wrap }
}

/** Words before "token" that make it a parser's, and those after which only the looks of the value tell. */
const NO_CREDENTIAL =
  /^(?:unexpected|unknown|unrecognized|illegal|offending|stray|near|expected|stop|first|last|next)$/i
const DOUBTED = /^(?:invalid|bad|got|wrong)$/i

/** Kinds whose names are common words too. */
const WEAK_KINDS: ReadonlySet<string> = new Set(['token', 'api_key', 'signature', 'session'])
const SCHEME = /^(?:bearer|basic|digest|token|api-?key|negotiate|ntlm|aws4-[\w-]+|hmac[\w-]*|signature|key)\s/i
/** `external secret: name=app`: the value is a pair of its own. */
const NEXT_PAIR = /^[A-Za-z_]{2,20}=[^=]/
const MAX_CLAUSE_LENGTH = 80

function isSecret(
  text: string,
  { kind, trust, wrap }: Pair,
  { start, end, quoted }: Bounds,
  value: string,
  listed: boolean,
) {
  const bare = value.replace(SCHEME, '')
  if (isPlaceholder(bare) || isOrdinary(bare)) return false
  if (quoted && listed && /^[A-Z][^\d]*\s.*\.$/.test(value)) return false // a sentence in a list of messages
  if (!quoted && (text[end] === '(' || isUsage(value))) return false
  if (!quoted && (trust !== 'sure' || wrap !== '') && /^[A-Za-z'’]+$/.test(value) && isProse(clauseAt(text, start)))
    return false
  if (trust === 'mixed') return value.length >= 4 && /[A-Za-z]/.test(value) && (quoted || /[^A-Za-z]/.test(value))
  if (trust === 'wrapped') return value.length >= 8 && isUserAndPassword(value)
  if (trust === 'phrase') return value.split(/\s+/).length > 3
  if (trust === 'looks') return looksGenerated(value) || (looksRandom(value) && /[^\w-]/.test(value) && !isName(value))
  // A value ends before a bracket, such as that of a placeholder: `pwd=[REDACTED:password]` is a pair of its own, too.
  const told = text[end] === '[' ? `${value}[` : value
  if (!quoted && trust === 'prose' && value.length < 256 && NEXT_PAIR.test(told) && kind !== 'cookie') return false
  if (kind === 'one_time_code' && trust === 'prose') return /^[\w-]*\d{3}[\w-]*$/.test(value)
  if (WEAK_KINDS.has(kind)) {
    if (/^(?:\d{1,7}|[A-Z]{2,12})$/.test(value)) return false // a count, the name of a parser's token
    return trust === 'sure' || quoted || looksRandom(value)
  }
  if (kind === 'authorization') return trust === 'sure' || quoted || SCHEME.test(value) || looksRandom(value)
  return true
}

/** `--token TOKEN`, as a program's help writes it. */
function isUsage(value: string): boolean {
  return /^[A-Z_]+$/.test(value) && secretKind(value) !== undefined
}

function clauseAt(text: string, start: number): string {
  return /^[^\r\n,;)}\]|<>"]*/.exec(text.slice(start, start + MAX_CLAUSE_LENGTH))![0]
}

/** A phrase is not over at its first space. */
function withFurtherWords(text: string, value: Bounds): Bounds {
  if (value.quoted) return value
  const further = /^(?: [a-z]{2,12}){2,23}(?![\w])/.exec(text.slice(value.end, value.end + 400))
  return further === null ? value : { ...value, end: value.end + further[0].length }
}

function nextElement(text: string, { end }: Bounds): Bounds | undefined {
  NEXT_ELEMENT.lastIndex = end
  return NEXT_ELEMENT.test(text) ? quotedAt(text, NEXT_ELEMENT.lastIndex) : undefined
}
