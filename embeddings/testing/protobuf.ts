/** One encoded field of a protobuf message; a message is its fields one after the other. */
export type Field = Uint8Array

const VARINT = 0
const LENGTH_DELIMITED = 2

/** A field of type int32, int64, bool or enum. Negative numbers are not needed here, and refused. */
export function integer(field: number, value: number): Field {
  return Buffer.from([...varint(field * 8 + VARINT), ...varint(value)])
}

/** A field of type string or bytes. */
export function bytes(field: number, value: string | Uint8Array): Field {
  const data = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([Buffer.from(varint(field * 8 + LENGTH_DELIMITED)), Buffer.from(varint(data.length)), data])
}

/** A field that holds a message. */
export function message(field: number, fields: readonly Field[]): Field {
  return bytes(field, Buffer.concat(fields))
}

/** Seven bits a byte, the lowest first, the top bit set on all but the last (protobuf's encoding guide). */
function varint(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be a varint here`)
  const out: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80)
  return [...out, rest]
}
