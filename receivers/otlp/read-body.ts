import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, inflate, zstdDecompress } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import type { Hold } from '../../pipeline/admission.ts'
import { RefusedError } from './refusal.ts'
import { MalformedRequestError } from './wire/index.ts'

const DECOMPRESS = { gzip: promisify(gunzip), deflate: promisify(inflate), zstd: promisify(zstdDecompress) }

/**
 * Reads a request's body, uncompressed. `maxBytes` bounds both what is sent and what it expands to, so a small body
 * that unpacks to gigabytes stops at the limit. Every byte is taken from `hold` before it is kept.
 *
 * @throws RefusedError (413, 415, 400 for a body that breaks off), MalformedRequestError, OverloadedError
 */
export async function readBody(request: IncomingMessage, maxBytes: number, hold: Hold): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && !(encoding in DECOMPRESS)) {
    const message = `content-encoding ${encoding} is not known; send gzip, zstd, deflate or identity`
    throw new RefusedError({ reason: 'unsupported', message, grpcCode: status.UNIMPLEMENTED, httpStatus: 415 })
  }
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > maxBytes) throw tooLarge(maxBytes)
  const body = await collect(request, maxBytes, hold)
  if (encoding === 'identity' || body.length === 0) return body
  const plain = await decompress(body, encoding as keyof typeof DECOMPRESS, maxBytes) // looked up above
  hold.take(plain.length)
  return plain
}

async function collect(request: IncomingMessage, maxBytes: number, hold: Hold): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      hold.take(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    if (!request.readableAborted && !isBrokenOff(error)) throw error
    throw new MalformedRequestError('the connection closed before the whole body had arrived')
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
}

function isBrokenOff(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'ECONNRESET'
}

async function decompress(body: Buffer, encoding: keyof typeof DECOMPRESS, maxBytes: number): Promise<Buffer> {
  try {
    return await DECOMPRESS[encoding](body, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes)
    throw new MalformedRequestError(`the body is not valid ${encoding}`)
  }
}

function tooLarge(maxBytes: number): RefusedError {
  const message = `the request is larger than ${maxBytes} bytes uncompressed (max_body_bytes); send smaller batches`
  return new RefusedError({ reason: 'too_large', message, grpcCode: status.RESOURCE_EXHAUSTED, httpStatus: 413 })
}
