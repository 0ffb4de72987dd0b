import { type Budget, MESSAGE_BYTES } from './budget.ts'
import { BAD_TAG, BAD_VARINT, COUNT_OUT_OF_RANGE, TIME_OUT_OF_RANGE, TRUNCATED } from './faults.ts'

/** Most integers are small: status codes, ports, counts. */
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

  /** The tag of the field that follows, `number << 3 | wire type`; only where `pos < end`. */
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
