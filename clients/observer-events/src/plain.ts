/** JSON, as it is sent. */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain }

const MAX_DEPTH = 8
const MAX_ENTRIES = 100
const MAX_TEXT_CHARS = 8_192
const REDACTED = '[redacted]'

/** Names under which people keep secrets, whatever the case and the separators. */
const SECRET_NAME =
  /pass(?:word|wd|phrase)|secret|(?:^|_)(?:pin|pwd|cvv|cvc|ssn|otp)(?:$|_)|api_?key|private_?key|access_?key|(?:auth|access|refresh|id|session|csrf|xsrf)_?token|^token$|authorization|^auth$|cookie|credential|bearer/
/** Values that are secrets under any name: bearer headers, JSON web tokens, keys of well-known makers, keys in PEM. */
const SECRET_VALUE =
  /\b(?:bearer|basic)\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gi

/**
 * Anything as JSON: within limits, without secrets, and without an exception whatever getters, proxies and circles it
 * is made of.
 */
export function plain(value: unknown): Plain {
  return copy(value, 0, new Set())
}

export function cleanText(text: string): string {
  const cut = text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}… (${text.length} characters)` : text
  return cut.replace(SECRET_VALUE, REDACTED)
}

function copy(value: unknown, depth: number, above: Set<object>): Plain {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'symbol') return String(value)
  if (typeof value === 'function') return '[function]'
  if (above.has(value)) return '[circular]'
  if (depth >= MAX_DEPTH) return '[too deep]'
  above.add(value)
  try {
    return copyObject(value, depth, above)
  } catch {
    return '[unreadable]'
  } finally {
    above.delete(value)
  }
}

function copyObject(value: object, depth: number, above: Set<object>): Plain {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof Error) return { name: value.name, message: cleanText(value.message) }
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return copyList(value, depth, above)
  if (value instanceof Set) return copyList([...value], depth, above)
  const entries = value instanceof Map ? [...value].map(([key, inner]) => [String(key), inner]) : entriesOf(value)
  const result: { [key: string]: Plain } = {}
  for (const [key, inner] of entries.slice(0, MAX_ENTRIES)) {
    result[key as string] = isSecretName(key as string) ? REDACTED : copy(inner, depth + 1, above) // made of pairs above
  }
  if (entries.length > MAX_ENTRIES) result['…'] = `${entries.length - MAX_ENTRIES} more`
  return result
}

function copyList(list: readonly unknown[], depth: number, above: Set<object>): Plain {
  const copied = list.slice(0, MAX_ENTRIES).map(item => copy(item, depth + 1, above))
  return list.length > MAX_ENTRIES ? [...copied, `… ${list.length - MAX_ENTRIES} more`] : copied
}

/** A getter may throw; the other keys are still worth having. */
function entriesOf(value: object): [string, unknown][] {
  return Object.keys(value).map(key => {
    try {
      return [key, (value as Record<string, unknown>)[key]] // any object's own key
    } catch {
      return [key, '[unreadable]']
    }
  })
}

function isSecretName(key: string): boolean {
  const name = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[-.\s]/g, '_')
  return SECRET_NAME.test(name)
}
