import type { Signal } from '../../pipeline/model/index.ts'
import { realisticRequest } from '../../tests/otlp/realistic.ts'
import { encodeRequest } from '../../tests/otlp/requests.ts'

/** The SDKs' and the Collector's usual batch is of this order. */
export const RECORDS_PER_REQUEST = 1_000
/** Enough that the indexes see many traces, few enough to encode in seconds. */
const REQUESTS = 150

/** Encoded requests, the same in every process of a run. */
export function requestPool(signal: Signal): Buffer[] {
  return Array.from({ length: REQUESTS }, (_, seed) =>
    encodeRequest(signal, realisticRequest(signal, RECORDS_PER_REQUEST, seed)),
  )
}

/**
 * Where the ids of traces end in the bytes, so that each round through the pool can send other traces: the same rows
 * again would let the index fold equal keys together.
 */
export function traceIdEnds(bytes: Buffer, traceIds: readonly Buffer[]): number[] {
  const ends: number[] = []
  for (const id of traceIds) {
    for (let at = bytes.indexOf(id); at >= 0; at = bytes.indexOf(id, at + id.length)) ends.push(at + id.length)
  }
  return ends
}

/** The trace ids that `realisticRequest` of this seed uses. */
export function traceIdsOf(signal: Signal, seed: number): string[] {
  const ids = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'traceId' && typeof inner === 'string') ids.add(inner)
        else visit(inner)
      }
    }
  }
  visit(realisticRequest(signal, RECORDS_PER_REQUEST, seed))
  return [...ids]
}

/** An unknown field that carries a number: makes a request's bytes, and so its digest, unlike all others. */
export function withStamp(request: Buffer, stamp: number): Buffer {
  const field = Buffer.from([0xc1, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0]) // field 1000, fixed64
  field.writeUInt32LE(stamp, 2)
  return Buffer.concat([request, field])
}
