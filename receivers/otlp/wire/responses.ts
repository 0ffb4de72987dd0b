import type { Signal } from '../../../pipeline/model/index.ts'
import type { Encoding } from './encoding.ts'
import { bytesField, concat, stringField, varintField } from './writer.ts'

/** opentelemetry-proto names the count after the signal; field 1 in all three. */
const REJECTED_FIELD: Record<Signal, string> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
}
const RETRY_INFO_URL = 'type.googleapis.com/google.rpc.RetryInfo'

/**
 * The body of a 200 or of a gRPC OK: an Export…ServiceResponse. `partial_success` is left out when all records were
 * taken, as the specification demands; with 0 rejected and a message it is a warning.
 */
export function encodeExportResponse(signal: Signal, encoding: Encoding, rejected: number, message: string): Buffer {
  const isFull = rejected === 0 && message === ''
  if (encoding === 'json') {
    // int64 is text in protobuf's JSON, and a field that has its default is left out.
    const count = rejected === 0 ? {} : { [REJECTED_FIELD[signal]]: String(rejected) }
    const partialSuccess = message === '' ? count : { ...count, errorMessage: message }
    return Buffer.from(JSON.stringify(isFull ? {} : { partialSuccess }))
  }
  if (isFull) return Buffer.alloc(0)
  return bytesField(1, concat(varintField(1, rejected), stringField(2, message)))
}

/** The body of an HTTP error: a google.rpc.Status with a gRPC status code. */
export function encodeHttpStatus(encoding: Encoding, grpcCode: number, message: string): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code: grpcCode, message }))
  return status(grpcCode, message)
}

/** `grpc-status-details-bin`: a google.rpc.Status whose RetryInfo asks the sender to wait `retryAfterMs`. */
export function encodeGrpcStatusDetails(grpcCode: number, message: string, retryAfterMs: number): Buffer {
  const seconds = Math.floor(retryAfterMs / 1000)
  const nanos = Math.round((retryAfterMs - seconds * 1000) * 1_000_000)
  const duration = concat(varintField(1, seconds), varintField(2, nanos))
  const retryInfo = bytesField(1, duration)
  return concat(
    status(grpcCode, message),
    bytesField(3, concat(stringField(1, RETRY_INFO_URL), bytesField(2, retryInfo))),
  )
}

function status(code: number, message: string): Buffer {
  return concat(varintField(1, code), stringField(2, message))
}
