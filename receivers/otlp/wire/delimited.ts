import { COPY_BYTES } from './budget.ts'
import { BAD_SPAN_ID, BAD_TRACE_ID } from './faults.ts'
import type { Reader } from './reader.ts'
import { StringCache } from './string-cache.ts'

/** Apart, so that ever new values do not push the keys out. */
const KEYS = new StringCache(4096)
const TEXTS = new StringCache(8192)

/** Text that is mostly one of few: attribute keys, metric names. */
export function readKey(reader: Reader): string {
  return readString(reader, KEYS)
}

/** Bytes that are not UTF-8 become U+FFFD: OTLP demands UTF-8, and a readable record is worth more than none. */
export function readText(reader: Reader): string {
  return readString(reader, TEXTS)
}

function readString(reader: Reader, cache: StringCache): string {
  const length = reader.length()
  if (length === 0) return ''
  const start = reader.pos
  reader.pos = start + length
  return cache.read(reader.bytes, reader.view, start, length)
}

/** A copy: a record must not keep the whole request alive. */
export function readBytes(reader: Reader): Uint8Array {
  reader.budget.charge(COPY_BYTES)
  const length = reader.length()
  const copy = new Uint8Array(length)
  copy.set(reader.bytes.subarray(reader.pos, reader.pos + length))
  reader.pos += length
  return copy
}

/** 16 or 8 bytes as lower-case hex; '' for an empty id and for all zeroes, which OTLP takes for no id. */
export function readId(reader: Reader, bytes: 16 | 8): string {
  const length = reader.length()
  if (length === 0) return ''
  if (length !== bytes) throw bytes === 16 ? BAD_TRACE_ID : BAD_SPAN_ID
  return hex(reader, length)
}

/** The same where OTLP says to take an id of the wrong length for none: in log records. */
export function readIdIfValid(reader: Reader, bytes: 16 | 8): string {
  const length = reader.length()
  if (length === bytes) return hex(reader, length)
  reader.pos += length
  return ''
}

function hex(reader: Reader, length: number): string {
  const start = reader.pos
  reader.pos = start + length
  let seen = 0
  for (let i = 0; i < length; i += 4) seen |= reader.view.getInt32(start + i, true)
  return seen === 0 ? '' : reader.bytes.toString('hex', start, reader.pos)
}
