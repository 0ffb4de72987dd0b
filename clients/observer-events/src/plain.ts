import { isSecretName, withoutSecrets } from './redact.ts'

/** JSON, as it is sent. */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain }

const MAX_DEPTH = 8
const MAX_ENTRIES = 100
const MAX_KEY_CHARS = 256
const MAX_TEXT_CHARS = 8_192
/** Of one value with all that is in it. Depth and width alone would let objects that share parts grow to 100^8 copies. */
const MAX_VALUES = 2_000
const MAX_ALL_CHARS = 262_144

interface Copying {
  /** The objects that the present one is in. */
  readonly above: Set<object>
  values: number
  chars: number
}

/**
 * Anything as JSON: within limits, without secrets, and without an exception whatever getters, proxies and circles it
 * is made of.
 */
export function plain(value: unknown): Plain {
  return copy(value, 0, { above: new Set(), values: 0, chars: 0 })
}

/** Read past the cut, so that a secret which the cut would halve is still seen whole. */
const OVERLAP_CHARS = 4_096

/** A text without secrets, cut where it is longer. */
export function cleanText(text: string, maxChars = MAX_TEXT_CHARS): string {
  const clean = withoutSecrets(text.slice(0, maxChars + OVERLAP_CHARS))
  return text.length > maxChars ? `${clean.slice(0, maxChars)}… (${text.length} characters)` : clean
}

function copy(value: unknown, depth: number, copying: Copying): Plain {
  copying.values += 1
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'function') return '[function]'
  if (copying.values > MAX_VALUES || copying.chars > MAX_ALL_CHARS) return '[too much]'
  if (typeof value !== 'object') return copyText(String(value), copying)
  if (copying.above.has(value)) return '[circular]'
  if (depth >= MAX_DEPTH) return '[too deep]'
  copying.above.add(value)
  try {
    return copyObject(value, depth, copying)
  } catch {
    return '[unreadable]'
  } finally {
    copying.above.delete(value)
  }
}

function copyText(text: string, copying: Copying): string {
  const clean = cleanText(text)
  copying.chars += clean.length
  return clean
}

function copyObject(value: object, depth: number, copying: Copying): Plain {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof URL) return copyText(value.href, copying)
  if (value instanceof Error) return { name: value.name, message: copyText(value.message, copying) }
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return copyList(value, depth, copying)
  if (value instanceof Set) return copyList([...value], depth, copying)
  const isMap = value instanceof Map
  const entries = isMap ? [...value].slice(0, MAX_ENTRIES) : entriesOf(value, MAX_ENTRIES)
  const count = isMap ? value.size : Object.keys(value).length
  const result: { [key: string]: Plain } = {}
  for (const [given, inner] of entries) {
    const key = String(given).slice(0, MAX_KEY_CHARS)
    copying.chars += key.length
    result[key] = isSecretName(key) ? '[redacted]' : copy(inner, depth + 1, copying)
  }
  if (count > MAX_ENTRIES) result['…'] = `${count - MAX_ENTRIES} more`
  return result
}

function copyList(list: readonly unknown[], depth: number, copying: Copying): Plain {
  const copied = list.slice(0, MAX_ENTRIES).map(item => copy(item, depth + 1, copying))
  return list.length > MAX_ENTRIES ? [...copied, `… ${list.length - MAX_ENTRIES} more`] : copied
}

/** A getter may throw; the other keys are still worth having. */
export function entriesOf(value: object, max: number): [string, unknown][] {
  return Object.keys(value)
    .slice(0, max)
    .map(key => [key, fieldOf(value, key, '[unreadable]')])
}

/** One field of anything, `instead` where reading it throws. */
export function fieldOf(value: object, key: string, instead: unknown): unknown {
  try {
    return Reflect.get(value, key)
  } catch {
    return instead
  }
}
