import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** Addresses, by the conventions of today and of before. */
const ADDRESSES = ['url.full', 'http.url', 'http.target']
const QUERIES = ['url.query']
const STATEMENTS = ['db.query.text', 'db.statement']
/** Of the same span, in the same words: the method as it was sent says nothing more where it is a known one. */
const REPEATED = [['http.request.method_original', 'http.request.method']] as const

/**
 * The span without what is nobody's business: query strings carry names, mail addresses and tokens, addresses carry
 * passwords, and a statement that was put together by hand carries the values of a row.
 */
export function cleanSpan(span: ReadableSpan): ReadableSpan {
  const attributes = cleanAttributes(span.attributes)
  // What the SDK gives is read through getters: an object above it shows the same but for the attributes.
  return attributes === span.attributes ? span : Object.create(span, { attributes: { value: attributes } })
}

function cleanAttributes(attributes: Attributes): Attributes {
  const cleaned: Attributes = { ...attributes }
  let isChanged = false
  const put = (key: string, value: string | undefined) => {
    if (value === cleaned[key]) return
    isChanged = true
    if (value === undefined) delete cleaned[key]
    else cleaned[key] = value
  }
  for (const key of ADDRESSES) put(key, mapped(cleaned[key], withoutSecrets))
  for (const key of STATEMENTS) put(key, mapped(cleaned[key], withoutLiterals))
  for (const key of QUERIES) put(key, undefined)
  for (const [key, other] of REPEATED) if (cleaned[key] === cleaned[other]) put(key, undefined)
  return isChanged ? cleaned : attributes
}

function mapped(value: unknown, change: (text: string) => string): string | undefined {
  return typeof value === 'string' ? change(value) : undefined
}

/** An address without user, password, query and fragment. */
export function withoutSecrets(address: string): string {
  const end = address.search(/[?#]/)
  const plain = end < 0 ? address : address.slice(0, end)
  return plain.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1')
}

/** A statement with `?` for what stands in quotes or is a number; parameters such as `$1` and names stay. */
export function withoutLiterals(statement: string): string {
  return statement.replace(
    /"(?:[^"]|"")*"|\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|(?<![\w$.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g,
    literal => (literal.startsWith('"') ? literal : '?'),
  )
}
