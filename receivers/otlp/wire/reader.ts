import { type Budget, COPY_BYTES, MESSAGE_BYTES } from './budget.ts'
import {
  BAD_SPAN_ID,
  BAD_TAG,
  BAD_TRACE_ID,
  BAD_VARINT,
  COUNT_OUT_OF_RANGE,
  TIME_OUT_OF_RANGE,
  TRUNCATED,
} from './faults.ts'
import { StringCache } from './string-cache.ts'

/** Apart, so that ever new values do not push the keys out. */
const KEYS = new StringCache(4096)
const TEXTS = new StringCache(8192)

const SMALL_INTEGERS = Array.from({ length: 1024 }, (_, i) => BigInt(i))

/** Two 32-bit halves become one bigint through shared memory: the arithmetic way makes three. */
const halves = new Int32Array(2)
const whole = new BigInt64Array(halves.buffer)

/**
 * Reads protobuf's wire format (protobuf.dev, "Encoding"). `end` is the end of the message being read; nothing is
 * read past it. Every method throws a shared `RecordFault` on bytes that are not what it is for.
 */
export class Reader {
  readonly bytes: Buffer
  readonly view: DataView
  readonly budget: Budget
  pos = 0
  end: number
  #low = 0
  #high = 0

  constructor(bytes: Buffer, budget: Budget) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.budget = budget
    this.end = bytes.length
  }

  /** Enters the message that follows; `this.end = outer` with the returned value leaves it. */
  open(): number {
    this.budget.charge(MESSAGE_BYTES)
    const length = this.length()
    const outer = this.end
    this.end = this.pos + length
    return outer
  }

  tag(): number {
    const byte = this.bytes[this.pos]!
    if (byte < 0x80 && byte > 7) {
      this.pos++
      return byte
    }
    this.#varint(5)
    if (this.#high !== 0 || this.#low >>> 3 === 0) throw BAD_TAG
    return this.#low >>> 0
  }

  /** The length of what follows, which is known to fit. */
  length(): number {
    let length = this.pos < this.end ? this.bytes[this.pos]! : 0x80
    if (length < 0x80) this.pos++
    else {
      this.#varint(5)
      length = this.#high === 0 ? this.#low >>> 0 : Number.POSITIVE_INFINITY
    }
    if (length > this.end - this.pos) throw TRUNCATED
    return length
  }

  /** The low 32 bits, as the specification wants for longer varints. */
  uint32(): number {
    if (this.pos < this.end) {
      const byte = this.bytes[this.pos]!
      if (byte < 0x80) {
        this.pos++
        return byte
      }
    }
    this.#varint(10)
    return this.#low >>> 0
  }

  int32(): number {
    return this.uint32() | 0
  }

  sint32(): number {
    const value = this.uint32()
    return (value >>> 1) ^ -(value & 1)
  }

  bool(): boolean {
    this.#varint(10)
    return (this.#low | this.#high) !== 0
  }

  int64(): bigint {
    this.#varint(10)
    return this.#int64()
  }

  /** A uint64 that counts something, within the int64 that the store has. */
  varintCount(): bigint {
    this.#varint(10)
    if (this.#high < 0) throw COUNT_OUT_OF_RANGE
    return this.#int64()
  }

  #int64(): bigint {
    if (this.#high === 0 && this.#low >>> 0 < SMALL_INTEGERS.length) return SMALL_INTEGERS[this.#low]!
    halves[0] = this.#low
    halves[1] = this.#high
    return whole[0]!
  }

  fixed32(): number {
    this.#need(4)
    const value = this.view.getUint32(this.pos, true)
    this.pos += 4
    return value
  }

  sfixed64(): bigint {
    this.#need(8)
    const value = this.view.getBigInt64(this.pos, true)
    this.pos += 8
    return value
  }

  time(): bigint {
    this.#need(8)
    if (this.bytes[this.pos + 7]! >= 0x80) throw TIME_OUT_OF_RANGE
    return this.sfixed64()
  }

  count(): bigint {
    this.#need(8)
    if (this.bytes[this.pos + 7]! >= 0x80) throw COUNT_OUT_OF_RANGE
    return this.sfixed64()
  }

  double(): number {
    this.#need(8)
    const value = this.view.getFloat64(this.pos, true)
    this.pos += 8
    return value
  }

  /** Text that is mostly one of few: attribute keys, names. */
  key(): string {
    return this.#text(KEYS)
  }

  /** Bytes that are not UTF-8 become U+FFFD: OTLP demands UTF-8, and a readable record is worth more than none. */
  string(): string {
    return this.#text(TEXTS)
  }

  #text(cache: StringCache): string {
    const length = this.length()
    if (length === 0) return ''
    const start = this.pos
    this.pos = start + length
    return cache.read(this.bytes, this.view, start, length)
  }

  /** A copy: a record must not keep the whole request alive. */
  copy(): Uint8Array {
    this.budget.charge(COPY_BYTES)
    const length = this.length()
    const copy = new Uint8Array(length)
    copy.set(this.bytes.subarray(this.pos, this.pos + length))
    this.pos += length
    return copy
  }

  /** 16 or 8 bytes as lower-case hex; '' for an empty id and for all zeroes, which OTLP takes for no id. */
  id(bytes: 16 | 8): string {
    const length = this.length()
    if (length === 0) return ''
    if (length !== bytes) throw bytes === 16 ? BAD_TRACE_ID : BAD_SPAN_ID
    return this.#hex(length)
  }

  /** The same where OTLP says to take an id of the wrong length for none: in log records. */
  idIfValid(bytes: 16 | 8): string {
    const length = this.length()
    if (length === bytes) return this.#hex(length)
    this.pos += length
    return ''
  }

  #hex(length: number): string {
    const start = this.pos
    this.pos = start + length
    let seen = 0
    for (let i = start; i < this.pos; i += 4) seen |= this.view.getInt32(i, true)
    return seen === 0 ? '' : this.bytes.toString('hex', start, this.pos)
  }

  #need(bytes: number): void {
    if (this.end - this.pos < bytes) throw TRUNCATED
  }

  /** Into `#low` and `#high`. */
  #varint(maxBytes: number): void {
    let low = 0
    let high = 0
    for (let i = 0; i < maxBytes; i++) {
      if (this.pos >= this.end) throw TRUNCATED
      const byte = this.bytes[this.pos++]!
      const bits = byte & 0x7f
      if (i < 4) low |= bits << (7 * i)
      else if (i === 4) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (7 * i - 32)
      if (byte < 0x80) {
        this.#low = low
        this.#high = high
        return
      }
    }
    throw BAD_VARINT
  }
}
