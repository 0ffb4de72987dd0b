import { BAD_GROUP, BAD_TAG, TOO_DEEP, TRUNCATED, WRONG_WIRE_TYPE } from './faults.ts'
import type { Reader } from './reader.ts'

/** As deep as protobuf's own parsers go. */
const MAX_GROUP_DEPTH = 100

/** Bit n set: field n is known. For `skipUnknown`. */
export function fields(...numbers: number[]): number {
  return numbers.reduce((mask, number) => mask | (1 << number), 0)
}

/**
 * Passes over the field that `tag` began, which newer or much older senders may send. `known` has a bit for each field
 * number that the message does have: such a field comes here only with a wire type that is not its own, and to ignore
 * that would lose data without a word.
 */
export function skipUnknown(reader: Reader, tag: number, known: number): void {
  const field = tag >>> 3
  if (field < 32 && ((known >>> field) & 1) === 1) throw WRONG_WIRE_TYPE
  skipField(reader, tag)
}

export function skipField(reader: Reader, tag: number): void {
  if ((tag & 7) === 3) skipGroup(reader, tag >>> 3)
  else skipPlain(reader, tag)
}

function skipPlain(reader: Reader, tag: number): void {
  switch (tag & 7) {
    case 0:
      reader.uint32()
      return
    case 1:
      advance(reader, 8)
      return
    case 2:
      advance(reader, reader.length())
      return
    case 4:
      throw BAD_GROUP
    case 5:
      advance(reader, 4)
      return
    default:
      throw BAD_TAG
  }
}

/** Groups (proto2) end with a tag of their own number and can nest. A list, not recursion: the nesting is hostile. */
function skipGroup(reader: Reader, field: number): void {
  const open = [field]
  while (open.length > 0) {
    if (reader.pos >= reader.end) throw TRUNCATED
    const tag = reader.tag()
    if ((tag & 7) === 3) {
      if (open.push(tag >>> 3) > MAX_GROUP_DEPTH) throw TOO_DEEP
    } else if ((tag & 7) === 4) {
      if (open.pop() !== tag >>> 3) throw BAD_GROUP
    } else skipPlain(reader, tag)
  }
}

function advance(reader: Reader, bytes: number): void {
  if (bytes > reader.end - reader.pos) throw TRUNCATED
  reader.pos += bytes
}
