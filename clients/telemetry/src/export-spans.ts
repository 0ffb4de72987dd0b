import { TraceFlags } from '@opentelemetry/api'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { postInBackground } from '../../delivery/background-post.ts'
import { createDelivery, type Delivery } from '../../delivery/delivery.ts'
import { cleanSpan } from './clean-span.ts'

/** About nine minutes at 30 spans a second, half a minute at 500: what Sensorium may be away for. */
const MAX_SPANS = 16_384
/** By `sizeOf`; what the application gives up at most for spans that wait. */
const MAX_BYTES = 32 * 1024 * 1024
const MAX_BATCH_SPANS = 512
/** The receiver takes 16 MiB; smaller requests are answered before their time limit. */
const MAX_BATCH_BYTES = 2 * 1024 * 1024
const FLUSH_INTERVAL_MS = 1_000
const REQUEST_TIMEOUT_MS = 5_000

interface Destination {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly onWarning: (message: string) => void
}

export interface SpanExport {
  readonly processor: SpanProcessor
  readonly delivery: Delivery<ReadableSpan>
}

/**
 * A span processor in front of the queue that all clients share. The SDK's batch processor with the OTLP exporter gives
 * a batch up after seconds and counts its losses in debug messages only; here spans wait until Sensorium is back.
 */
export function exportSpans({ url, headers, onWarning }: Destination): SpanExport {
  const delivery = createDelivery<ReadableSpan>({
    send,
    maxItems: MAX_SPANS,
    maxBytes: MAX_BYTES,
    sizeOf,
    maxBatchItems: MAX_BATCH_SPANS,
    maxBatchBytes: MAX_BATCH_BYTES,
    flushIntervalMs: FLUSH_INTERVAL_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onWarning,
  })

  async function send(spans: readonly ReadableSpan[], signal: AbortSignal) {
    const body = ProtobufTraceSerializer.serializeRequest([...spans])
    if (body === undefined) return { refused: 'the spans cannot be written as protobuf' }
    return postInBackground(url, { headers: { ...headers, 'content-type': 'application/x-protobuf' }, body }, signal)
  }

  const processor: SpanProcessor = {
    onStart: () => {},
    onEnd: span => {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) delivery.add(cleanSpan(span))
    },
    forceFlush: async () => void (await delivery.flush(REQUEST_TIMEOUT_MS)),
    shutdown: async () => void (await delivery.flush(REQUEST_TIMEOUT_MS)),
  }
  return { processor, delivery }
}

/** Bytes of a span in memory and on the wire, roughly: the texts that an application puts in, and a flat rate for the rest. */
function sizeOf(span: ReadableSpan): number {
  let bytes = 400 + span.name.length + sizeOfAttributes(span.attributes)
  for (const { attributes = {} } of span.events) bytes += 50 + sizeOfAttributes(attributes)
  for (const { attributes = {} } of span.links) bytes += 50 + sizeOfAttributes(attributes)
  return bytes
}

function sizeOfAttributes(attributes: ReadableSpan['attributes']): number {
  let bytes = 0
  for (const [key, value] of Object.entries(attributes)) {
    bytes += 10 + key.length + (typeof value === 'string' ? value.length : Array.isArray(value) ? 20 * value.length : 8)
  }
  return bytes
}
