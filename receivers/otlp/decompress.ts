import type { Transform } from 'node:stream'
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { SnappyFault } from '../../pipeline/compression/snappy.ts'
import { createSnappyDecompress } from '../../pipeline/compression/snappy-stream.ts'
import { status } from './grpc/status.ts'
import { RefusedError } from './refusal.ts'

/** Small, so that a bomb is stopped early. */
const CHUNK_BYTES = 64 * 1024

/** What stock Collectors and SDKs can be told to compress with, over gRPC and over HTTP. */
const DECOMPRESSORS: Readonly<Record<string, (maxBytes: number) => Transform>> = {
  gzip: () => createGunzip({ chunkSize: CHUNK_BYTES }),
  'x-gzip': () => createGunzip({ chunkSize: CHUNK_BYTES }),
  deflate: () => createInflate({ chunkSize: CHUNK_BYTES }),
  zlib: () => createInflate({ chunkSize: CHUNK_BYTES }),
  zstd: () => createZstdDecompress({ chunkSize: CHUNK_BYTES }),
  snappy: createSnappyDecompress,
  'x-snappy-framed': createSnappyDecompress,
}
export const ENCODINGS = ['gzip', 'zstd', 'snappy', 'deflate', 'zlib'] as const

/** True where nothing has to be undone; some clients send the header with nothing in it. */
export function isIdentity(encoding: string): boolean {
  return encoding === '' || encoding === 'identity'
}

/** @throws RefusedError for an encoding that nobody here undoes, with those that are taken */
export function decompressorFor(encoding: string, header: string, maxBytes: number): Transform {
  const make = Object.hasOwn(DECOMPRESSORS, encoding) ? DECOMPRESSORS[encoding] : undefined
  if (make !== undefined) return make(maxBytes)
  const message = `${header} ${encoding} is not taken; send ${ENCODINGS.join(', ')} or identity (a Collector's exporter: compression: gzip)`
  throw new RefusedError({ reason: 'unsupported', message, grpcCode: status.UNIMPLEMENTED, httpStatus: 415 })
}

/** True of what a decompressor throws at bytes that are not what they say. */
export function isNotCompressed(error: unknown): boolean {
  if (error instanceof SnappyFault) return true
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return /^Z(?:STD)?_/.test(String(code))
}
