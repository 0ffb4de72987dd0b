import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Hold } from '../../pipeline/admission.ts'
import { decompressorFor, isIdentity, isNotCompressed } from './decompress.ts'
import { status } from './grpc/status.ts'
import { RefusedError } from './refusal.ts'
import { MalformedRequestError } from './wire/index.ts'

/**
 * Reads a request's body, uncompressed. `maxBytes` bounds both what is sent and what it expands to. Decompression is a
 * stream, and every chunk is taken from `hold` before the next is made: a small body that unpacks to gigabytes stops
 * at the limit, and many of them at once stop at the limit of all.
 *
 * @throws RefusedError (413, 415), MalformedRequestError for a body that breaks off or is not what it says, OverloadedError
 */
export async function readBody(request: IncomingMessage, maxBytes: number, hold: Hold): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const decompressor = isIdentity(encoding) ? undefined : decompressorFor(encoding, 'content-encoding', maxBytes)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  if (decompressor === undefined) return collect(request, maxBytes, hold)
  // pipe() does not pass a broken connection on.
  request.once('error', error => decompressor.destroy(error))
  request.once('aborted', () => decompressor.destroy(new MalformedRequestError(BROKEN_OFF)))
  try {
    return await collect(request.pipe(decompressor), maxBytes, hold)
  } catch (error) {
    if (!isNotCompressed(error)) throw error
    throw new MalformedRequestError(`the body is not valid ${encoding}`)
  } finally {
    request.unpipe(decompressor)
    decompressor.destroy()
  }
}

async function collect(stream: Readable, maxBytes: number, hold: Hold): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    // A refusal must not take the connection with it: what is left of the body is drained, and then answered.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      hold.take(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    throw isBrokenOff(error) ? new MalformedRequestError(BROKEN_OFF) : error
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
}

const BROKEN_OFF = 'the connection closed before the whole body had arrived'

function isBrokenOff(error: unknown): boolean {
  return code(error) === 'ECONNRESET' || code(error) === 'ERR_STREAM_PREMATURE_CLOSE'
}

function code(error: unknown): string {
  return error instanceof Error ? String(Reflect.get(error, 'code') ?? '') : ''
}

function tooLarge(maxBytes: number): RefusedError {
  const message = `the request is larger than ${maxBytes} bytes uncompressed (max_body_bytes); send smaller batches`
  return new RefusedError({ reason: 'too_large', message, grpcCode: status.RESOURCE_EXHAUSTED, httpStatus: 413 })
}
