import { errorText } from '../../pipeline/errors.ts'
import type { Item } from '../../pipeline/model/index.ts'

/** A record for a person to read in dead_letters: 64-bit numbers as strings, bytes as base64, as in OTLP/JSON. */
export function recordJson(item: Item): Buffer {
  try {
    return Buffer.from(JSON.stringify(item, plain))
  } catch (error) {
    // Nested past the stack, or in a circle: no receiver of ours makes such a thing, a foreign module may.
    return Buffer.from(JSON.stringify({ unreadable: errorText(error) }))
  }
}

/** JSON.stringify hands a Buffer over as its toJSON; the holder, which is `this`, still has the bytes. */
function plain(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key]
  if (original instanceof Uint8Array) return Buffer.from(original).toString('base64')
  if (value instanceof Map) return Object.fromEntries(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value
}
