import { MalformedRequestError } from './faults.ts'

/** What one request may make of us. Given by the receiver's config. */
export interface DecodeLimits {
  /** Arrays and key-value lists inside one value; a record that nests deeper is rejected as `too_deep`. */
  readonly maxNesting: number
  /** Spans, log records or data points; a request with more is refused. */
  readonly maxRecords: number
}

/**
 * Estimated memory of what was decoded, as a multiple of the request's size; a request past it is refused. What we
 * admit is counted in encoded bytes, so memory is bounded only if a byte cannot become arbitrarily much: an empty log
 * record takes 2 bytes on the wire and 140 here, a list of one attribute inside an array 6 and 190. Real requests come
 * to 2 or 3 times their size, the leanest that make sense (a gauge's points with one attribute each) to 9.
 */
const MAX_EXPANSION = 16

/** A small request may take this much whatever its size: a test of 3,000 empty records is no attack. */
const MIN_DECODED_BYTES = 1024 * 1024

/** Measured on 100,000 of each; strings and numbers are counted with the message that they are in. */
const RECORD_BYTES = 144
const REJECTION_BYTES = 144
export const MAP_BYTES = 192
export const COPY_BYTES = 192
export const PART_BYTES = 96
export const MESSAGE_BYTES = 16
export const NUMBER_BYTES = 8

/** Counts what a request has become so far. */
export class Budget {
  readonly maxNesting: number
  readonly #maxRecords: number
  #recordsLeft: number
  #bytesLeft: number

  constructor(requestBytes: number, limits: DecodeLimits) {
    this.maxNesting = limits.maxNesting
    this.#maxRecords = limits.maxRecords
    this.#recordsLeft = limits.maxRecords
    this.#bytesLeft = Math.max(MIN_DECODED_BYTES, requestBytes * MAX_EXPANSION)
  }

  /** @throws MalformedRequestError when the request would become larger than it may */
  charge(bytes: number): void {
    this.#bytesLeft -= bytes
    if (this.#bytesLeft < 0) {
      throw new MalformedRequestError(`the request unpacks to more than ${MAX_EXPANSION} times its size`)
    }
  }

  /** @throws MalformedRequestError when there are more records than may be */
  chargeRecord(): void {
    this.charge(RECORD_BYTES)
    this.#recordsLeft--
    if (this.#recordsLeft < 0) {
      const limit = `${this.#maxRecords} records (max_records)`
      throw new MalformedRequestError(`the request holds more than ${limit}; send smaller batches`)
    }
  }

  /** @throws MalformedRequestError like `charge` */
  chargeRejection(): void {
    this.charge(REJECTION_BYTES)
  }
}
