import { createDelivery, type Delivery } from '../../delivery/delivery.ts'
import { post } from '../../delivery/post.ts'
import { type Attributes, logJson, type PageLog, type PageSpan, requestBody, spanJson } from './otlp.ts'

/** What a page keeps for a Sensorium that is away: some minutes of a busy page. Of each, spans and logs. */
const MAX_RECORDS = 500
const MAX_BYTES = 512 * 1024
const MAX_BATCH_RECORDS = 50
/**
 * Browsers give all keepalive requests of a page 64 KiB together, beacons of the application included. With two
 * signals we take at most half of that.
 */
const MAX_BATCH_BYTES = 14 * 1024
const KEEPALIVE_BYTES = 16 * 1024
const FLUSH_INTERVAL_MS = 2_000
const REQUEST_TIMEOUT_MS = 10_000
const FLUSH_TIMEOUT_MS = 5_000

export interface Sender {
  span(span: PageSpan): void
  log(log: PageLog): void
  flush(timeoutMs?: number): Promise<boolean>
  status(): { readonly pending: number; readonly sent: number; readonly dropped: number }
}

interface Destination {
  readonly endpoint: string
  readonly resource: Attributes
  readonly onWarning: (message: string) => void
}

/** A queue for each signal: when the page is hidden only the first request of a queue is certain to leave. */
export function openSender(destination: Destination): Sender {
  const traces = openQueue('traces', destination)
  const logs = openQueue('logs', destination)
  return {
    span: span => void traces.add(spanJson(span)),
    log: log => void logs.add(logJson(log)),
    flush: async (timeoutMs = FLUSH_TIMEOUT_MS) => {
      const done = await Promise.all([traces.flush(timeoutMs), logs.flush(timeoutMs)])
      return done.every(Boolean)
    },
    status: () => ({
      pending: traces.pending + logs.pending,
      sent: traces.sent + logs.sent,
      dropped: traces.dropped + logs.dropped,
    }),
  }
}

function openQueue(signal: 'traces' | 'logs', destination: Destination): Delivery<string> {
  const { endpoint, resource, onWarning } = destination
  const headers = { 'content-type': 'application/json' }
  const encoder = new TextEncoder()
  return createDelivery<string>({
    send: (records, abort) => {
      const body = encoder.encode(requestBody(signal, resource, records))
      return post(`${endpoint}/v1/${signal}`, { headers, body, keepalive: body.length <= KEEPALIVE_BYTES }, abort)
    },
    maxItems: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    sizeOf: record => encoder.encode(record).length,
    maxBatchItems: MAX_BATCH_RECORDS,
    maxBatchBytes: MAX_BATCH_BYTES,
    flushIntervalMs: FLUSH_INTERVAL_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onWarning: message => onWarning(`${signal}: ${message}`),
  })
}
