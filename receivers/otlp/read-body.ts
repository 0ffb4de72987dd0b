import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import type { Hold } from '../../pipeline/admission.ts'
import { RefusedError } from './refusal.ts'
import { MalformedRequestError } from './wire/index.ts'

const DECOMPRESSORS = { gzip: createGunzip, deflate: createInflate, zstd: createZstdDecompress }

/**
 * Reads a request's body, uncompressed. `maxBytes` bounds both what is sent and what it expands to. Decompression is a
 * stream, and every chunk is taken from `hold` before the next is made: a small body that unpacks to gigabytes stops
 * at the limit, and many of them at once stop at the limit of all.
 *
 * @throws RefusedError (413, 415), MalformedRequestError for a body that breaks off or is not what it says, OverloadedError
 */
export async function readBody(request: IncomingMessage, maxBytes: number, hold: Hold): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && !(encoding in DECOMPRESSORS)) {
    const message = `content-encoding ${encoding} is not known; send gzip, zstd, deflate or identity`
    throw new RefusedError({ reason: 'unsupported', message, grpcCode: status.UNIMPLEMENTED, httpStatus: 415 })
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  if (encoding === 'identity') return collect(request, maxBytes, hold)
  const decompressor = DECOMPRESSORS[encoding as keyof typeof DECOMPRESSORS]() // looked up above
  // pipe() does not pass a broken connection on.
  request.once('error', error => decompressor.destroy(error))
  request.once('aborted', () => decompressor.destroy(new MalformedRequestError(BROKEN_OFF)))
  try {
    return await collect(request.pipe(decompressor), maxBytes, hold)
  } catch (error) {
    if (!isZlibError(error)) throw error
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
    for await (const chunk of stream as AsyncIterable<Buffer>) {
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

function isZlibError(error: unknown): boolean {
  const text = code(error)
  return text.startsWith('Z_') || text.startsWith('ZSTD_')
}

function code(error: unknown): string {
  return error instanceof Error ? String(Reflect.get(error, 'code') ?? '') : ''
}

function tooLarge(maxBytes: number): RefusedError {
  const message = `the request is larger than ${maxBytes} bytes uncompressed (max_body_bytes); send smaller batches`
  return new RefusedError({ reason: 'too_large', message, grpcCode: status.RESOURCE_EXHAUSTED, httpStatus: 413 })
}
