import { SliceWriter } from './slice-writer.ts'

/** The record holds a value that its column cannot: it goes to dead_letters with this message. */
export class UnstorableError extends Error {
  override readonly name = 'UnstorableError'
}

/**
 * Writes rows in PostgreSQL's binary COPY format (documentation of COPY, section "Binary Format"): for each field a
 * big-endian length, -1 for NULL, then the bytes that the type's receive function expects.
 */
export class CopyBuffer extends SliceWriter {
  rowStart(fields: number): void {
    this.reserve(2)
    this.view.setInt16(this.at, fields)
    this.at += 2
  }

  null(): void {
    this.reserve(4)
    this.view.setInt32(this.at, -1)
    this.at += 4
  }

  boolean(value: boolean): void {
    this.reserve(5)
    this.view.setInt32(this.at, 1)
    this.bytes[this.at + 4] = value ? 1 : 0
    this.at += 5
  }

  int16(value: number): void {
    this.reserve(6)
    this.view.setInt32(this.at, 2)
    this.view.setInt16(this.at + 4, value)
    this.at += 6
  }

  int32(value: number): void {
    this.reserve(8)
    this.view.setInt32(this.at, 4)
    this.view.setInt32(this.at + 4, value)
    this.at += 8
  }

  int64(value: bigint): void {
    this.reserve(12)
    this.view.setInt32(this.at, 8)
    this.view.setBigInt64(this.at + 4, value)
    this.at += 12
  }

  int64OrNull(value: bigint | undefined): void {
    if (value === undefined) this.null()
    else this.int64(value)
  }

  /** 32 bits without sign in a bigint column. */
  uint32(value: number): void {
    this.reserve(12)
    this.view.setInt32(this.at, 8)
    this.view.setInt32(this.at + 4, 0)
    this.view.setUint32(this.at + 8, value)
    this.at += 12
  }

  /** 64 bits without sign in a bigint column, which holds half of them. @throws UnstorableError for the other half. */
  uint64(value: bigint, name: string): void {
    this.reserve(12)
    this.view.setInt32(this.at, 8)
    this.view.setBigUint64(this.at + 4, value)
    if (this.view.getInt32(this.at + 4) < 0) throw new UnstorableError(`${name} is ${value}, beyond 2^63 - 1`)
    this.at += 12
  }

  float64(value: number): void {
    this.reserve(12)
    this.view.setInt32(this.at, 8)
    this.view.setFloat64(this.at + 4, value)
    this.at += 12
  }

  float64OrNull(value: number | undefined): void {
    if (value === undefined) this.null()
    else this.float64(value)
  }

  /**
   * Nanoseconds since 1970 as timestamptz: microseconds since 2000, rounded down.
   * Returns the nanoseconds past the microsecond.
   * @throws UnstorableError past 2^63 - 1 (the year 2262).
   */
  timestamp(unixNano: bigint, name: string): number {
    this.uint64(unixNano, name)
    // In two halves: bigint arithmetic costs ten times as much, and a double does not hold nanoseconds. All sums
    // stay under 2^53. 2^32 = 4,294,967 * 1000 + 296.
    const high = this.view.getUint32(this.at - 8) - EPOCH_HIGH
    const low = this.view.getUint32(this.at - 4) - EPOCH_LOW
    const micros = high * 4_294_967 + Math.floor((high * 296 + low) / 1000)
    const upper = Math.floor(micros / TWO_32)
    this.view.setInt32(this.at - 8, upper)
    this.view.setUint32(this.at - 4, micros - upper * TWO_32)
    const nanos = (high * 296 + low) % 1000
    return nanos < 0 ? nanos + 1000 : nanos
  }

  /** Text as it is but for NUL, which PostgreSQL cannot hold, and lone surrogates: each becomes U+FFFD. */
  text(value: string): void {
    const clean = withoutNul(value)
    this.reserve(4 + utf8Room(clean))
    const size = this.bytes.write(clean, this.at + 4)
    this.view.setInt32(this.at, size)
    this.at += 4 + size
  }

  /** `text`, with NULL for what OTLP sends when a field is not set. */
  textOrNull(value: string | undefined): void {
    if (value === undefined || value === '') this.null()
    else this.text(value)
  }

  /** Begins a text field; what comes before `closeText` is its text. */
  openText(): number {
    this.reserve(4)
    this.at += 4
    return this.written
  }

  closeText(start: number): void {
    const size = this.written - start
    this.view.setInt32(this.at - size - 4, size)
  }

  /** The last `size` bytes again, as a text field. */
  repeatAsText(size: number): void {
    this.reserve(4 + size)
    this.view.setInt32(this.at, size)
    this.bytes.copyWithin(this.at + 4, this.at - size, this.at)
    this.at += 4 + size
  }

  bytea(value: Uint8Array): void {
    this.reserve(4 + value.length)
    this.view.setInt32(this.at, value.length)
    this.bytes.set(value, this.at + 4)
    this.at += 4 + value.length
  }

  /** Lower-case hex as bytea; NULL for ''. @throws UnstorableError for anything else. */
  hexOrNull(hex: string, name: string): void {
    if (hex === '') {
      this.null()
      return
    }
    const size = hex.length >> 1
    this.reserve(4 + size)
    this.view.setInt32(this.at, size)
    // A call into the runtime for so few characters costs several times as much.
    let faults = hex.length & 1
    for (let i = 0; i < size; i++) {
      const high = HEX_DIGITS[hex.charCodeAt(2 * i)] ?? NO_DIGIT
      const low = HEX_DIGITS[hex.charCodeAt(2 * i + 1)] ?? NO_DIGIT
      faults |= (high | low) & NO_DIGIT
      this.bytes[this.at + 4 + i] = (high << 4) | low
    }
    if (faults !== 0) throw new UnstorableError(`${name} is not hex`)
    this.at += 4 + size
  }

  /** A count that is nearly always 0, which is NULL in such a column. */
  int32OrNull(value: number): void {
    if (value === 0) this.null()
    else this.int32(value)
  }

  /** Whole fields that are encoded already. */
  fields(encoded: Uint8Array): void {
    this.reserve(encoded.length)
    this.bytes.set(encoded, this.at)
    this.at += encoded.length
  }

  float64Array(values: readonly number[]): void {
    this.#arrayHeader(FLOAT8_OID, values.length)
    for (const value of values) this.float64(value)
  }

  uint64Array(values: readonly bigint[], name: string): void {
    this.#arrayHeader(INT8_OID, values.length)
    for (const value of values) this.uint64(value, name)
  }

  /** Begins a bigint[] of that many elements, each of which is to follow. */
  int64ArrayStart(length: number): void {
    this.#arrayHeader(INT8_OID, length)
  }

  /** high * 2^32 + low as a bigint, for halves of 32 bits with a sign each. */
  int64Halves(high: number, low: number): void {
    this.reserve(12)
    this.view.setInt32(this.at, 8)
    this.view.setInt32(this.at + 4, low < 0 ? high - 1 : high)
    this.view.setInt32(this.at + 8, low)
    this.at += 12
  }

  /** array_recv: dimensions, a flag for NULLs, the elements' type, then length and lower bound. Elements of 8 bytes. */
  #arrayHeader(elementOid: number, length: number): void {
    this.reserve(24)
    const { view, at } = this
    const dimensions = length === 0 ? 0 : 1
    view.setInt32(at, dimensions === 0 ? 12 : 20 + length * 12)
    view.setInt32(at + 4, dimensions)
    view.setInt32(at + 8, 0)
    view.setInt32(at + 12, elementOid)
    this.at += 16
    if (dimensions === 0) return
    view.setInt32(at + 16, length)
    view.setInt32(at + 20, 1)
    this.at += 8
  }
}

const NO_DIGIT = 0x80
const HEX_DIGITS = new Uint8Array(128).fill(NO_DIGIT)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  HEX_DIGITS[digit.charCodeAt(0)] = value
  HEX_DIGITS[digit.toUpperCase().charCodeAt(0)] = value
}

/** From PostgreSQL's pg_type.dat; they never change. */
const INT8_OID = 20
const FLOAT8_OID = 701

const TWO_32 = 4_294_967_296
/** PostgreSQL's epoch, 2000-01-01, in nanoseconds since 1970: 946,684,800 * 10^9. */
const EPOCH_HIGH = Math.floor(946_684_800e9 / TWO_32)
const EPOCH_LOW = Number(946_684_800_000_000_000n % 4_294_967_296n)

export function withoutNul(value: string): string {
  return value.indexOf('\0') === -1 ? value : value.replaceAll('\0', '\ufffd')
}

/** From here on counting the bytes is cheaper than setting three times as many aside. */
const LONG_TEXT_CHARS = 16_384

/** An upper bound on the UTF-8 bytes of `value`. */
export function utf8Room(value: string): number {
  return value.length < LONG_TEXT_CHARS ? value.length * 3 : Buffer.byteLength(value)
}
