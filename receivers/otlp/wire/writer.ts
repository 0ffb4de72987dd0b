/** Protobuf fields for the few small messages that we send. Fields with their default are left out, as in proto3. */

export function varintField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : concat(varint(field << 3), varint(value))
}

export function stringField(field: number, text: string): Buffer {
  return text === '' ? Buffer.alloc(0) : bytesField(field, Buffer.from(text))
}

/** Bytes or a message; a message that is empty is still there. */
export function bytesField(field: number, bytes: Buffer): Buffer {
  return concat(varint((field << 3) | 2), varint(bytes.length), bytes)
}

export function concat(...parts: Buffer[]): Buffer {
  return Buffer.concat(parts)
}

/** A whole number from 0 to 2^53. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Buffer.from([...bytes, rest])
}
