/** The bytes are not Snappy's block format. */
export class SnappyFault extends Error {}

/**
 * Decompresses Snappy's block format, in which Loki's agents send Protobuf (google/snappy, "format_description.txt").
 * @throws SnappyFault also where the result would be larger than `maxBytes`
 */
export function decompressSnappy(input: Uint8Array, maxBytes: number): Buffer {
  let at = 0
  let size = 0
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++]
    if (byte === undefined || shift > 28) throw new SnappyFault('no length')
    size += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (size > maxBytes) throw new SnappyFault(`${size} bytes once decompressed; ${maxBytes} are taken (max_body_bytes)`)
  const output = Buffer.alloc(size)
  let end = 0
  const little = (bytes: number): number => {
    let value = 0
    for (let i = 0; i < bytes; i++) {
      const byte = input[at++]
      if (byte === undefined) throw new SnappyFault('it breaks off')
      value += byte * 2 ** (8 * i)
    }
    return value
  }
  while (at < input.length) {
    const tag = input[at++]!
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >> 2
      const length = (short < 60 ? short : little(short - 59)) + 1
      if (at + length > input.length || end + length > size) throw new SnappyFault('a literal is too long')
      output.set(input.subarray(at, at + length), end)
      at += length
      end += length
      continue
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const offset = kind === 1 ? ((tag >> 5) << 8) + little(1) : little(kind === 2 ? 2 : 4)
    if (offset === 0 || offset > end || end + length > size) throw new SnappyFault('a copy of what is not there')
    // Byte by byte: a copy may overlap itself, which is how a run is written.
    for (let i = 0; i < length; i++) output[end + i] = output[end + i - offset]!
    end += length
  }
  if (end !== size) throw new SnappyFault('it breaks off')
  return output
}
