import type { ServerHttp2Stream } from 'node:http2'
import type { Hold } from '../../../pipeline/admission.ts'
import { decompressorFor, isIdentity, isNotCompressed } from '../decompress.ts'
import { RefusedError } from '../refusal.ts'
import { MalformedRequestError } from '../wire/index.ts'
import { status } from './status.ts'

/** A flag and four bytes of length before each message (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5

/**
 * Reads the one message of a call, as it was sent. Every chunk is taken from `hold` when it is there, and `onBytes` is
 * told how many came: nothing is held for a message that is only announced.
 *
 * @throws RefusedError for one that is too large or not alone, MalformedRequestError, OverloadedError
 */
export function readMessage(
  stream: ServerHttp2Stream,
  maxBytes: number,
  hold: Hold,
  onBytes: (bytes: number) => void,
): Promise<{ readonly isCompressed: boolean; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    let announced: number | undefined
    const fail = (error: unknown) => {
      stream.off('data', take)
      stream.resume()
      reject(error)
    }
    const take = (chunk: Buffer) => {
      length += chunk.length
      onBytes(chunk.length)
      try {
        hold.take(chunk.length)
      } catch (error) {
        return fail(error)
      }
      chunks.push(chunk)
      if (announced === undefined && length >= PREFIX_BYTES) {
        announced = Buffer.concat(chunks).readUInt32BE(1)
        if (announced > maxBytes) return fail(tooLarge(maxBytes))
      }
      if (announced !== undefined && length > PREFIX_BYTES + announced) fail(NOT_ALONE)
    }
    stream.on('data', take)
    stream.once('end', () => {
      if (announced === undefined || length < PREFIX_BYTES + announced) {
        return reject(new MalformedRequestError('the stream ended before the whole message had arrived'))
      }
      const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
      resolve({ isCompressed: whole[0] === 1, bytes: whole.subarray(PREFIX_BYTES) })
    })
    stream.once('close', () => reject(new MalformedRequestError('the call was cancelled')))
  })
}

/**
 * Unpacks a message, bounded by `maxBytes` and by `hold`, chunk by chunk.
 * @throws RefusedError, MalformedRequestError, OverloadedError
 */
export async function unpack(bytes: Buffer, encoding: string, maxBytes: number, hold: Hold): Promise<Buffer> {
  if (isIdentity(encoding)) return bytes
  const decompressor = decompressorFor(encoding, 'grpc-encoding', maxBytes)
  const chunks: Buffer[] = []
  let length = 0
  decompressor.end(bytes)
  try {
    for await (const chunk of decompressor as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      hold.take(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    throw isNotCompressed(error) ? new MalformedRequestError(`the message is not valid ${encoding}`) : error
  } finally {
    decompressor.destroy()
  }
  return Buffer.concat(chunks, length)
}

function tooLarge(maxBytes: number): RefusedError {
  const message = `the message is larger than ${maxBytes} bytes (max_recv_msg_bytes); send smaller batches`
  return new RefusedError({ reason: 'too_large', message, grpcCode: status.RESOURCE_EXHAUSTED, httpStatus: 413 })
}

const NOT_ALONE = new RefusedError({
  reason: 'malformed',
  message: 'a call of Export has one message',
  grpcCode: status.INVALID_ARGUMENT,
  httpStatus: 400,
})
