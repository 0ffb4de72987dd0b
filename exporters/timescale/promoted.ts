import type { AttributeValue } from '../../pipeline/model/index.ts'
import { boundedText } from './bounded-text.ts'

/**
 * Attributes that also fill a column of their own, the preferred name first. The old and the current names of
 * OpenTelemetry's semantic conventions, and what people call them without one.
 */
const PROMOTED_NAMES = {
  request_id: ['request_id', 'request.id', 'http.request.id', 'http.request.header.x-request-id'],
  user_id: ['user.id', 'enduser.id', 'user_id'],
  deal_id: ['deal_id'],
  error_type: ['exception.type', 'error.type'],
  error_message: ['exception.message', 'error.message'],
  error_stack: ['exception.stacktrace', 'error.stack'],
} as const
export type PromotedColumn = keyof typeof PROMOTED_NAMES

/** What one row's attributes said for the promoted columns. One object serves all rows: no allocation per row. */
export class PromotedAttributes {
  #isEmpty = true
  readonly #values: Record<PromotedColumn, AttributeValue> = {
    request_id: null,
    user_id: null,
    deal_id: null,
    error_type: null,
    error_message: null,
    error_stack: null,
  }
  readonly #ranks: Record<PromotedColumn, number> = {
    request_id: NO_RANK,
    user_id: NO_RANK,
    deal_id: NO_RANK,
    error_type: NO_RANK,
    error_message: NO_RANK,
    error_stack: NO_RANK,
  }

  /** False where there is nothing in it for a column. */
  offer(column: PromotedColumn, rank: number, value: AttributeValue): boolean {
    if (promotedText(value) === undefined) return false
    if (rank >= this.#ranks[column]) return true
    this.#isEmpty = false
    this.#ranks[column] = rank
    this.#values[column] = value
    return true
  }

  text(column: PromotedColumn): string | undefined {
    return this.#isEmpty ? undefined : promotedText(this.#values[column])
  }

  /** For a column with an index. */
  boundedText(column: PromotedColumn): string | undefined {
    const text = this.text(column)
    return text === undefined ? undefined : boundedText(text)
  }

  reset(): void {
    if (this.#isEmpty) return
    this.#isEmpty = true
    for (const column of COLUMNS) {
      this.#ranks[column] = NO_RANK
      this.#values[column] = null
    }
  }
}

const NO_RANK = 255
// Object.keys forgets the type of the keys.
const COLUMNS = Object.keys(PROMOTED_NAMES) as PromotedColumn[]

/** Text of a scalar; of an array, which is how captured HTTP headers come, its first element. */
function promotedText(value: AttributeValue): string | undefined {
  const scalar = Array.isArray(value) ? value[0] : value
  if (scalar === undefined || scalar === null || scalar === '') return undefined
  if (typeof scalar === 'string') return scalar
  return typeof scalar === 'object' ? undefined : String(scalar)
}

/** An attribute's key as it stands in JSON: `,"key":` */
export function keyJson(name: string): Uint8Array {
  return Buffer.from(`,${JSON.stringify(name.replaceAll('\0', '\ufffd').toWellFormed())}:`)
}
type Key = Uint8Array

/** An application uses some hundreds of keys. Senders that make up keys must not fill our memory with them. */
const KEYS_MAX = 4_096
const KEY_CHARS_MAX = 128

export class KeyCache {
  readonly #keys = new Map<string, Key>()

  get(name: string): Key {
    return this.#keys.get(name) ?? this.#add(name)
  }

  #add(name: string): Key {
    const key = keyJson(name)
    if (name.length <= KEY_CHARS_MAX) {
      if (this.#keys.size >= KEYS_MAX) this.#keys.clear()
      this.#keys.set(name, key)
    }
    return key
  }
}

/** The column that an attribute fills; of several, that of the lowest rank does. */
export function promotionOf(name: string): { column: PromotedColumn | undefined; rank: number } {
  for (const column of COLUMNS) {
    const rank = (PROMOTED_NAMES[column] as readonly string[]).indexOf(name)
    if (rank >= 0) return { column, rank }
  }
  return { column: undefined, rank: NO_RANK }
}
