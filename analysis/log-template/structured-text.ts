import { ERROR_KEYS, MESSAGE_KEYS, TYPE_KEYS } from './json-message.ts'

/** What a structured body may hold: OTLP's AnyValue, as the record model has it. */
type Value = unknown

/** A dumped body is read as far as a message is, and no deeper than people nest. */
const MAX_CHARS = 8_192
const MAX_DEPTH = 8

/**
 * The text by which a log body that is no string is recognised: the message of a map and the type and text of its error,
 * as in a message that is JSON; of anything else, and of a map without a message, the whole as JSON. '' for nothing.
 */
export function textOfBody(body: Value): string {
  if (body === null || body === undefined) return ''
  if (typeof body === 'string') return body
  if (body instanceof Map) {
    const message = pick(body, MESSAGE_KEYS)
    if (typeof message === 'string') return [message, ...errorTexts(pick(body, ERROR_KEYS))].join(' ')
  }
  return dumped(body, 0).slice(0, MAX_CHARS)
}

function errorTexts(error: Value): string[] {
  if (typeof error === 'string') return [error]
  if (!(error instanceof Map)) return []
  return [pick(error, TYPE_KEYS), pick(error, MESSAGE_KEYS)].filter(text => typeof text === 'string')
}

/** The first of the keys, in whatever case, that has a text or a map. */
function pick(fields: ReadonlyMap<unknown, unknown>, keys: ReadonlyMap<string, number>): Value {
  let best: Value
  let lowest = Number.POSITIVE_INFINITY
  for (const [key, value] of fields) {
    if ((typeof value !== 'string' || value === '') && !(value instanceof Map)) continue
    const rank = keys.get(String(key).toLowerCase()) ?? Number.POSITIVE_INFINITY
    if (rank < lowest && (typeof value === 'string' || keys === ERROR_KEYS)) {
      lowest = rank
      best = value
    }
  }
  return best
}

function dumped(value: Value, depth: number): string {
  if (value instanceof Map || Array.isArray(value)) {
    if (depth >= MAX_DEPTH) return '…'
    // A list at the top is what was said, in parts: its texts are read, not values in quotation marks.
    if (Array.isArray(value) && depth === 0) return value.map(each => dumped(each, 0)).join(' ')
    if (Array.isArray(value)) return `[${value.map(each => dumped(each, depth + 1)).join(', ')}]`
    return `{${[...value].map(([key, each]) => `"${key}": ${dumped(each, depth + 1)}`).join(', ')}}`
  }
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return typeof value === 'string' && depth > 0 ? `"${value}"` : String(value)
}
