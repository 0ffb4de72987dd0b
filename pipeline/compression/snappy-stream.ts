import { Transform } from 'node:stream'
import { decompressSnappy, SnappyFault } from './snappy.ts'

/** google/snappy, "framing_format.txt". */
const STREAM_IDENTIFIER = Buffer.from('ff060000734e61507059', 'hex')
const COMPRESSED = 0x00
const UNCOMPRESSED = 0x01
const FIRST_SKIPPABLE = 0x80
const HEADER_BYTES = 4
const CHECKSUM_BYTES = 4
const MAX_CHUNK_BYTES = 65_536

/**
 * Undoes Snappy as a stream, in either of the forms that clients call by that name: the framing format, chunk by chunk,
 * as gRPC's clients and `x-snappy-framed` have it, or one block of at most `maxBytes`. Checksums are not looked at: TCP
 * and TLS have their own, and a broken chunk does not decode.
 */
export function createSnappyDecompress(maxBytes: number): Transform {
  let waiting: Buffer = Buffer.alloc(0)
  let isFramed: boolean | undefined
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
      if (isFramed === undefined && waiting.length >= STREAM_IDENTIFIER.length)
        isFramed = waiting.subarray(0, STREAM_IDENTIFIER.length).equals(STREAM_IDENTIFIER)
      if (isFramed !== true) return done(waiting.length > maxBytes ? new SnappyFault('it is too large') : null)
      try {
        waiting = readChunks(waiting, part => this.push(part))
        done()
      } catch (error) {
        done(error as Error) // readChunks throws SnappyFault alone
      }
    },
    flush(done) {
      if (isFramed === true || waiting.length === 0)
        return done(waiting.length > 0 ? new SnappyFault('it breaks off') : null)
      try {
        done(null, decompressSnappy(waiting, maxBytes))
      } catch (error) {
        done(error as Error) // decompressSnappy throws SnappyFault alone
      }
    },
  })
}

/** Hands on the chunks that are there whole, and gives back the rest. */
function readChunks(bytes: Buffer, push: (part: Buffer) => void): Buffer {
  let at = 0
  while (bytes.length - at >= HEADER_BYTES) {
    const type = bytes[at]!
    const length = bytes.readUIntLE(at + 1, 3)
    const start = at + HEADER_BYTES
    if (type < FIRST_SKIPPABLE && length > 2 * MAX_CHUNK_BYTES) throw new SnappyFault('a chunk is too long')
    if (bytes.length < start + length) break
    const data = bytes.subarray(start + CHECKSUM_BYTES, start + length)
    if (type === COMPRESSED) push(decompressSnappy(data, MAX_CHUNK_BYTES))
    else if (type === UNCOMPRESSED) push(Buffer.from(data))
    else if (type < FIRST_SKIPPABLE) throw new SnappyFault(`a chunk of the unknown type ${type}`)
    at = start + length
  }
  return Buffer.from(bytes.subarray(at))
}
