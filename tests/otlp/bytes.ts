/** Protobuf bytes written down by hand, for tests that know exactly what is on the wire. */

/** `hex('0a 03', '66 6f 6f')`: spaces and pieces as the reader needs them. */
export function hex(...pieces: string[]): Buffer {
  return Buffer.from(pieces.join('').replace(/\s/g, ''), 'hex')
}

/** A length-delimited field: its tag, its length, its content. */
export function field(number: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([varint((number << 3) | 2), varint(body.length), body])
}

export function utf8(text: string): Buffer {
  return Buffer.from(text)
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}

/** A request around the content of one Scope… message; the field numbers are those of all three signals. */
export function requestOf(...scopeFields: Uint8Array[]): Buffer {
  return field(1, field(2, ...scopeFields))
}

/** `core` inside `levels` messages, each the field `numbers[…]` of the next, by turns; in linear time. */
export function nested(levels: number, numbers: readonly number[], core: Uint8Array): Buffer {
  const heads: Uint8Array[] = []
  let length = core.length
  for (let level = 0; level < levels; level++) {
    const head = Buffer.concat([varint((numbers[level % numbers.length]! << 3) | 2), varint(length)])
    heads.push(head)
    length += head.length
  }
  return Buffer.concat([...heads.reverse(), core])
}
