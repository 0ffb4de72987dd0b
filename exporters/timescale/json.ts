import { type Attributes, type AttributeValue, isAttributes } from '../../pipeline/model/index.ts'
import { type CopyBuffer, utf8Room, withoutNul } from './copy-buffer.ts'
import type { KeyCache } from './promoted.ts'
import type { Leaf } from './shapes/tree.ts'

/**
 * Writes attribute values as JSON text straight into a COPY buffer.
 *
 * int_value is a JSON integer of any size (jsonb keeps it exactly), double_value a JSON number, NaN and the infinities
 * the strings "NaN", "Infinity", "-Infinity" as in OTLP/JSON, bytes_value base64, kvlist_value an object, and an
 * unset value null. NUL and lone surrogates, which jsonb refuses, become U+FFFD.
 */
export class JsonWriter {
  readonly #out: CopyBuffer
  readonly #keys: KeyCache

  constructor(out: CopyBuffer, keys: KeyCache) {
    this.#out = out
    this.#keys = keys
  }

  /** A jsonb field that holds one object. */
  attributesField(attributes: Attributes): void {
    const start = this.openField()
    this.attributes(attributes)
    this.closeField(start)
  }

  /** The attributes of a record that its shape leaves to it; NULL where there are none. `values` are those of all. */
  ownAttributesField(values: readonly AttributeValue[], { own }: Leaf): void {
    if (own.length === 0) {
      this.#out.null()
      return
    }
    const field = this.openField()
    const start = this.#out.written
    for (let i = 0; i < own.length; i++) {
      const { at, json } = own[i]!
      this.#memberOf(json, values[at]!)
    }
    this.#closeObject(start)
    this.closeField(field)
  }

  /** All of a record's attributes; NULL where it has none. */
  attributesFieldOrNull(attributes: Attributes): void {
    if (attributes.size === 0) this.#out.null()
    else this.attributesField(attributes)
  }

  valueField(value: AttributeValue): void {
    const start = this.openField()
    this.value(value)
    this.closeField(start)
  }

  /** Begins a jsonb field; what comes before `closeField` is its JSON text. */
  openField(): number {
    const out = this.#out
    out.reserve(5)
    out.bytes[out.at + 4] = JSONB_VERSION
    out.at += 5
    return out.written
  }

  closeField(start: number): void {
    const out = this.#out
    const size = out.written - start + 1
    out.view.setInt32(out.at - size - 4, size)
  }

  attributes(attributes: Attributes): void {
    const out = this.#out
    const start = out.written
    if (attributes.size === 0) this.literal(',')
    for (const [key, value] of attributes) this.#member(key, value)
    this.#closeObject(start)
  }

  #member(key: string, value: AttributeValue): void {
    this.#memberOf(this.#keys.get(key), value)
  }

  #memberOf(json: Uint8Array, value: AttributeValue): void {
    const out = this.#out
    out.reserve(json.length)
    out.bytes.set(json, out.at)
    out.at += json.length
    if (typeof value === 'string') this.string(value)
    else this.value(value)
  }

  /** Each key comes with the comma before it; the first one's becomes the brace. */
  #closeObject(start: number): void {
    const out = this.#out
    out.bytes[out.at - (out.written - start)] = OPEN_BRACE
    this.literal('}')
  }

  value(value: AttributeValue): void {
    if (typeof value === 'string') this.string(value)
    else if (typeof value === 'bigint') this.integer(value)
    else if (typeof value === 'number') this.number(value)
    else if (typeof value === 'boolean') this.literal(value ? 'true' : 'false')
    else if (value === null) this.literal('null')
    else if (value instanceof Uint8Array) this.#base64(value)
    else if (isAttributes(value)) this.attributes(value)
    else this.#array(value)
  }

  #array(values: readonly AttributeValue[]): void {
    this.literal('[')
    for (let i = 0; i < values.length; i++) {
      if (i > 0) this.literal(',')
      // The index is below the length.
      this.value(values[i] as AttributeValue)
    }
    this.literal(']')
  }

  integer(value: bigint): void {
    const number = Number(value)
    if (number >= 0 && number < SMALL_MAX) this.#digits(number)
    else this.literal(Number.isSafeInteger(number) ? String(number) : String(value))
  }

  /** Without a text in between: most integers are sizes, counts and status codes. */
  #digits(number: number): void {
    const out = this.#out
    out.reserve(SMALL_DIGITS)
    let size = 1
    for (let rest = number; rest >= 10; rest = (rest / 10) | 0) size += 1
    let rest = number
    for (let at = out.at + size - 1; at >= out.at; at--) {
      const next = (rest / 10) | 0
      out.bytes[at] = ZERO + rest - next * 10
      rest = next
    }
    out.at += size
  }

  number(value: number): void {
    this.literal(Number.isFinite(value) ? String(value) : `"${value}"`)
  }

  #base64(value: Uint8Array): void {
    this.literal(`"${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')}"`)
  }

  /** ASCII that is JSON already. */
  literal(text: string): void {
    const out = this.#out
    out.reserve(text.length)
    if (text.length > NATIVE_WRITE_MIN_CHARS) out.at += out.bytes.write(text, out.at, 'latin1')
    else for (let i = 0; i < text.length; i++) out.bytes[out.at++] = text.charCodeAt(i)
  }

  string(value: string): void {
    const out = this.#out
    out.reserve(utf8Room(value) + 2)
    const start = out.at
    const end =
      value.length < NATIVE_WRITE_MIN_CHARS
        ? writeShort(out.bytes, start + 1, value)
        : writeLong(out.bytes, start + 1, value)
    if (end < 0) {
      this.#escaped(value)
    } else {
      out.bytes[start] = QUOTE
      out.bytes[end] = QUOTE
      out.at = end + 1
    }
  }

  #escaped(value: string): void {
    const out = this.#out
    const json = JSON.stringify(withoutNul(value).toWellFormed())
    out.reserve(utf8Room(json))
    out.at += out.bytes.write(json, out.at)
  }
}

/** jsonb's receive function wants its format's version before the text; there is only version 1. */
const JSONB_VERSION = 1
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const ZERO = 0x30
const SMALL_DIGITS = 9
const SMALL_MAX = 10 ** SMALL_DIGITS
/** A call into the runtime costs as much as a loop over this many characters. */
const NATIVE_WRITE_MIN_CHARS = 14

/** Both return where the text ends, or -1 when it needs escapes (then nothing of it counts). */
function writeShort(bytes: Buffer, at: number, value: string): number {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return -1
    bytes[at + i] = code
  }
  return at + value.length
}

function writeLong(bytes: Buffer, at: number, value: string): number {
  const end = at + bytes.write(value, at)
  for (let i = at; i < end; i++) {
    const byte = bytes[i]
    // `byte` is defined: i stays below what was written. Bytes past ASCII are parts of characters that need no escape.
    if (byte === undefined || byte < 0x20 || byte === QUOTE || byte === BACKSLASH) return -1
  }
  return end
}
