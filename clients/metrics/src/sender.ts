import { createDelivery, limitedWarnings, type Outcome } from '../../delivery/delivery.ts'
import { environmentOf, flushBeforeExit } from '../../delivery/on-exit.ts'
import { sendTo, type Target, targetOf } from '../../delivery/otlp-http.ts'
import { nanosOf, requests } from './otlp.ts'
import type { Registry } from './registry.ts'
import { resourceOf } from './resource.ts'

export interface Sender {
  /** Sends the state of now. True once it is taken, false at the deadline. Never rejects. */
  flush(timeoutMs: number): Promise<boolean>
  /** A last flush; nothing is sent on its own any more. */
  close(timeoutMs: number): Promise<boolean>
  /** Collections that were taken as a whole. */
  sent(): number
  /** Points that were refused for good. */
  rejected(): number
}

export interface SenderOptions {
  readonly service?: string
  readonly environment?: string
  readonly version?: string
  readonly endpoint?: string
  readonly flushIntervalMs?: number
}

const FLUSH_INTERVAL_MS = 10_000
const FLUSH_INTERVAL_MIN_MS = 10
/** For all requests of one collection, which should be done when the next is due. */
const REQUEST_TIMEOUT_MIN_MS = 1_000
const REQUEST_TIMEOUT_MAX_MS = 10_000
const BACKOFF_MIN_MS = 250
/** What a server that is away may cost a program that ends. */
const EXIT_FLUSH_MS = 2_000
/** One under way, and one for what was recorded since. */
const COLLECTIONS_MAX = 2

/** Sends the registry's state at intervals. Undefined when there is nowhere to send to. */
export function openSender(
  registry: Registry,
  options: SenderOptions,
  onWarning: (message: string) => void,
): Sender | undefined {
  const warn = limitedWarnings(onWarning)
  const found = readTarget(options.endpoint, warn)
  if (found === undefined) return undefined
  const target: Target = found
  const resource = resourceOf(options)
  const startNanos = nanosOf(Date.now())
  const flushIntervalMs = Math.max(
    options.flushIntervalMs ?? intervalOfVariables() ?? FLUSH_INTERVAL_MS,
    FLUSH_INTERVAL_MIN_MS,
  )
  let rejected = 0
  let isClosed = false

  // What waits is not data but the wish to send: the state is read when it is sent, so an outage needs no memory and a
  // request that is tried again has the newest values.
  const delivery = createDelivery<'collection'>({
    send: (_items, signal) => sendAll(signal),
    maxItems: COLLECTIONS_MAX,
    maxBytes: COLLECTIONS_MAX,
    sizeOf: () => 1,
    maxBatchItems: 1,
    maxBatchBytes: 1,
    flushIntervalMs: 0,
    requestTimeoutMs: Math.min(Math.max(flushIntervalMs, REQUEST_TIMEOUT_MIN_MS), REQUEST_TIMEOUT_MAX_MS),
    backoffMinMs: Math.min(BACKOFF_MIN_MS, flushIntervalMs),
    backoffMaxMs: flushIntervalMs,
    onWarning,
  })

  async function sendAll(signal: AbortSignal): Promise<Outcome> {
    for (const { body, points } of requests(registry.families, resource, startNanos)) {
      const answer = await sendTo(target, body, signal)
      if (answer.outcome !== 'sent' && 'retry' in answer.outcome) return answer.outcome
      // The other requests of the collection are none the worse for one that is refused.
      const count = answer.outcome === 'sent' ? answer.rejected : points
      rejected += count
      if (count > 0) warn('rejected', `the server refuses ${count} points (${answer.reason}): ${rejected} so far`)
    }
    return 'sent'
  }

  const timer = setInterval(() => {
    if (delivery.pending === 0 && registry.seriesCount > 0) delivery.add('collection')
  }, flushIntervalMs)
  timer.unref()

  async function flush(timeoutMs: number): Promise<boolean> {
    if (registry.seriesCount > 0 && delivery.pending < COLLECTIONS_MAX) delivery.add('collection')
    return delivery.flush(timeoutMs)
  }
  flushBeforeExit(async () => isClosed || flush(EXIT_FLUSH_MS), delivery)
  return {
    flush,
    close: timeoutMs => {
      isClosed = true
      clearInterval(timer)
      return flush(timeoutMs)
    },
    sent: () => delivery.sent,
    rejected: () => rejected,
  }
}

function readTarget(endpoint: string | undefined, warn: (kind: string, message: string) => void): Target | undefined {
  try {
    return targetOf('metrics', endpoint)
  } catch (error) {
    warn('endpoint', `nothing is sent: ${String(error)}`)
    return undefined
  }
}

/** OpenTelemetry's variable, in milliseconds; what is no such number counts as not set. */
function intervalOfVariables(): number | undefined {
  const interval = Number(environmentOf().OTEL_METRIC_EXPORT_INTERVAL?.trim() || Number.NaN)
  return Number.isFinite(interval) && interval > 0 ? interval : undefined
}
