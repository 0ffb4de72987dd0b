import { NUMBER_BYTES } from './budget.ts'
import { BAD_PACKED } from './faults.ts'
import type { Reader } from './reader.ts'

/** Repeated numbers come packed into one field or, from old encoders, each with a tag of its own: both must be read. */
function isPacked(tag: number): boolean {
  return (tag & 7) === 2
}

/** fixed64 counts, added to `into`. */
export function readCounts(reader: Reader, tag: number, into: bigint[]): void {
  if (!isPacked(tag)) return void into.push(reader.count())
  for (let left = packedFixed64s(reader); left > 0; left--) into.push(reader.count())
}

/** Doubles, added to `into`. */
export function readBounds(reader: Reader, tag: number, into: number[]): void {
  if (!isPacked(tag)) return void into.push(reader.double())
  for (let left = packedFixed64s(reader); left > 0; left--) into.push(reader.double())
}

/** uint64 varints, added to `into`. */
export function readSmallCounts(reader: Reader, tag: number, into: bigint[]): void {
  if (!isPacked(tag)) return void into.push(reader.varintCount())
  const outer = reader.open()
  reader.budget.charge((reader.end - reader.pos) * NUMBER_BYTES)
  while (reader.pos < reader.end) into.push(reader.varintCount())
  reader.end = outer
}

function packedFixed64s(reader: Reader): number {
  const length = reader.length()
  if (length % 8 !== 0) throw BAD_PACKED
  return length / 8
}
