import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Refusal } from '../refusal.ts'
import { encodeGrpcStatusDetails } from '../wire/responses.ts'
import { status } from './status.ts'

const HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,gzip,zstd,snappy,deflate',
}

/** Sends the one message of the answer, and OK. */
export function answerOk(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed || stream.headersSent) return
  stream.respond(HEADERS, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status.OK) }))
  const framed = Buffer.alloc(5 + message.length)
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, 5)
  stream.end(framed)
}

/** Says why not. What the sender has not sent yet is not wanted any more. */
export function answerRefusal(stream: ServerHttp2Stream, refusal: Refusal): void {
  if (stream.destroyed || stream.headersSent) return
  const headers: OutgoingHttpHeaders = {
    ...HEADERS,
    'grpc-status': String(refusal.grpcCode),
    'grpc-message': percentEncoded(refusal.message),
  }
  if (refusal.retryAfterMs !== undefined) {
    const details = encodeGrpcStatusDetails(refusal.grpcCode, refusal.message, refusal.retryAfterMs)
    headers['grpc-status-details-bin'] = details.toString('base64')
  }
  stream.respond(headers, { endStream: true })
  // After the answer is out; with NO_ERROR, so that the client reads it (RFC 9113, 8.1).
  if (!stream.readableEnded) setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR))
}

/** As gRPC has it: printable ASCII but for the percent sign as it is, the bytes of everything else in hex. */
function percentEncoded(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/g, part =>
    [...Buffer.from(part)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
