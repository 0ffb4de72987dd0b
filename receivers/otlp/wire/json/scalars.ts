import {
  BAD_BASE64,
  BAD_NUMBER,
  BAD_SPAN_ID,
  BAD_TRACE_ID,
  COUNT_OUT_OF_RANGE,
  NUMBER_OUT_OF_RANGE,
  type RecordFault,
  TIME_OUT_OF_RANGE,
  UNKNOWN_ENUM,
  WRONG_JSON_TYPE,
} from '../faults.ts'

/**
 * Protobuf's JSON mapping (protobuf.dev, "ProtoJSON Format") of single values, with OTLP's exceptions for ids. A value
 * that is absent arrives as `undefined` and gives the field's default. All throw the shared `RecordFault`s.
 */

const MAX_INT64 = 2n ** 63n - 1n
const INTEGER = /^-?\d+$/
const DECIMAL = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/
/** Sign and digits of the longest 64-bit integer; BigInt of a million digits would take seconds. */
const MAX_INTEGER_TEXT = 20

/** Lone surrogates, which only escapes can make, become U+FFFD: they have no UTF-8. */
export function text(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') throw WRONG_JSON_TYPE
  return value.toWellFormed()
}

export function bool(value: unknown): boolean {
  if (value === undefined) return false
  if (typeof value !== 'boolean') throw WRONG_JSON_TYPE
  return value
}

export function double(value: unknown): number {
  if (typeof value === 'number') return finite(value)
  if (value === undefined) return 0
  if (typeof value !== 'string') throw WRONG_JSON_TYPE
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  if (!DECIMAL.test(value)) throw BAD_NUMBER
  return finite(Number(value))
}

/** Written out, only a number too large for a double becomes infinite. */
function finite(value: number): number {
  if (!Number.isFinite(value)) throw NUMBER_OUT_OF_RANGE
  return value
}

export function optionalDouble(value: unknown): number | undefined {
  return value === undefined ? undefined : double(value)
}

export function int32(value: unknown): number {
  return between(value, -0x8000_0000, 0x7fff_ffff)
}

export function uint32(value: unknown): number {
  return between(value, 0, 0xffff_ffff)
}

function between(value: unknown, min: number, max: number): number {
  const number = double(value)
  if (!Number.isInteger(number)) throw BAD_NUMBER
  if (number < min || number > max) throw NUMBER_OUT_OF_RANGE
  return number === 0 ? 0 : number // not -0
}

export function int64(value: unknown): bigint {
  const integer = bigInteger(value, NUMBER_OUT_OF_RANGE)
  if (integer > MAX_INT64 || integer < -MAX_INT64 - 1n) throw NUMBER_OUT_OF_RANGE
  return integer
}

export function time(value: unknown): bigint {
  return unsigned(value, TIME_OUT_OF_RANGE)
}

export function count(value: unknown): bigint {
  return unsigned(value, COUNT_OUT_OF_RANGE)
}

function unsigned(value: unknown, tooLarge: RecordFault): bigint {
  const integer = bigInteger(value, tooLarge)
  if (integer < 0n) throw BAD_NUMBER
  if (integer > MAX_INT64) throw tooLarge
  return integer
}

function bigInteger(value: unknown, tooLarge: RecordFault): bigint {
  if (value === undefined) return 0n
  if (typeof value === 'string' && INTEGER.test(value)) {
    if (value.length > MAX_INTEGER_TEXT) throw tooLarge
    return BigInt(value)
  }
  // A number, or text in a form such as 1e3.
  const number = double(value)
  if (!Number.isInteger(number)) throw BAD_NUMBER
  return BigInt(number)
}

/** A number or, though OTLP allows only those, the name that stands for it. */
export function enumeration(value: unknown, names: ReadonlyMap<string, number>): number {
  if (typeof value !== 'string') return int32(value)
  const number = names.get(value)
  if (number === undefined) throw UNKNOWN_ENUM
  return number
}

/** Base64, of either alphabet, padded or not. */
export function bytes(value: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array(0)
  if (typeof value !== 'string') throw WRONG_JSON_TYPE
  if (!BASE64.test(value) || value.replace(/=+$/, '').length % 4 === 1) throw BAD_BASE64
  return new Uint8Array(Buffer.from(value, 'base64'))
}

/** Hex of 16 or 8 bytes; '' for none and for all zeroes, which OTLP takes for none. */
export function id(value: unknown, length: 16 | 8): string {
  const hex = text(value)
  if (hex === '' || isZeroes(hex, length)) return ''
  if (!isHex(hex, length)) throw length === 16 ? BAD_TRACE_ID : BAD_SPAN_ID
  return hex.toLowerCase()
}

/** The same where OTLP says to take an invalid id for none: in log records. */
export function idIfValid(value: unknown, length: 16 | 8): string {
  const hex = text(value)
  return isHex(hex, length) && !isZeroes(hex, length) ? hex.toLowerCase() : ''
}

function isHex(hex: string, length: 16 | 8): boolean {
  return hex.length === length * 2 && /^[0-9a-fA-F]*$/.test(hex)
}

function isZeroes(hex: string, length: 16 | 8): boolean {
  return hex === '0'.repeat(length * 2)
}
