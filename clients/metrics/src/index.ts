import { createDelivery, limitedWarnings, type Outcome } from '../../delivery/delivery.ts'
import { flushBeforeExit } from '../../delivery/on-exit.ts'
import { CONTENT_TYPE, exposition } from './exposition.ts'
import { nanosOf, requests } from './otlp.ts'
import { createRegistry, type Refusal, type Registry } from './registry.ts'
import { resourceOf } from './resource.ts'
import { sendTo, type Target, targetOf } from './send.ts'
import type { Labels, Metric } from './series.ts'

export type { Labels, Metric, MetricType } from './series.ts'

export interface MetricsOptions {
  /** `service.name`. */
  readonly service: string
  /** `deployment.environment.name`, such as prod. */
  readonly environment?: string
  /** `service.version`. */
  readonly version?: string
  /** Base URL of OTLP/HTTP, without `/v1/metrics`. Default: the environment's; with neither, nothing is sent. */
  readonly endpoint?: string
  readonly flushIntervalMs?: number
  /** Default: `console.warn`. At most one a minute of each kind. */
  readonly onWarning?: (message: string) => void
}

export interface Metrics {
  /** Adds to a counter, sets a gauge, or puts a value into a histogram. Never throws; a bad value is counted and refused. */
  record(metric: Metric, labels: Labels, value: number): void
  /** All that was recorded, for Prometheus to scrape; to be served as `contentType`. */
  exposition(): string
  readonly contentType: string
  /** Sends all that was recorded until now. True once it is taken, false at the deadline. Never rejects. */
  flush(timeoutMs?: number): Promise<boolean>
  /** Sends no more on its own, after a last flush. */
  close(timeoutMs?: number): Promise<boolean>
  status(): MetricsStatus
}

export interface MetricsStatus {
  readonly series: number
  /** Values that were not taken, as they were no numbers, negative, of a metric of another type, … */
  readonly refused: number
  /** Values that went to a series with `otel.metric.overflow`. */
  readonly overflowed: number
  /** Collections that reached the server as a whole. */
  readonly sent: number
  /** Points that the server refused for good. */
  readonly rejected: number
}

const FLUSH_INTERVAL_MS = 10_000
const FLUSH_INTERVAL_MIN_MS = 10
/** For all requests of one collection. */
const REQUEST_TIMEOUT_MS = 10_000
const BACKOFF_MIN_MS = 250
const FLUSH_TIMEOUT_MS = 5_000
/** What a server that is away may cost a program that ends. */
const EXIT_FLUSH_MS = 2_000
/** One under way, and one for what was recorded since. */
const COLLECTIONS_MAX = 2

/** Starts to collect. Throws nothing: with a bad endpoint it warns and only keeps the exposition. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = createRegistry()
  const onWarning = (message: string) => (options.onWarning ?? console.warn)(`metrics: ${message}`)
  const warn = limitedWarnings(onWarning)
  let refused = 0
  const sender = openSender(registry, options, onWarning, warn)

  function refuse(why: Refusal | 'unreadable', name: string): void {
    refused += 1
    warn(why, `a value of ${name} is refused, ${REASONS[why]} (${refused} refused so far)`)
  }

  return {
    record(metric, labels, value) {
      try {
        const before = registry.overflowed
        const why = registry.record(metric, labels, value)
        if (why !== undefined) refuse(why, String(metric.name))
        if (registry.overflowed > before) warn('overflow', `${metric.name} has too many label sets; more are summed up`)
      } catch {
        refuse('unreadable', 'a metric')
      }
    },
    exposition: () => exposition(registry.families),
    contentType: CONTENT_TYPE,
    flush: (timeoutMs = FLUSH_TIMEOUT_MS) => sender?.flush(timeoutMs) ?? Promise.resolve(true),
    close: (timeoutMs = FLUSH_TIMEOUT_MS) => sender?.close(timeoutMs) ?? Promise.resolve(true),
    status: () => ({
      series: registry.seriesCount,
      refused,
      overflowed: registry.overflowed,
      sent: sender?.sent() ?? 0,
      rejected: sender?.rejected() ?? 0,
    }),
  }
}

const REASONS: Readonly<Record<Refusal | 'unreadable', string>> = {
  name: 'its name is none that OpenTelemetry allows',
  type: 'its type is no counter, gauge or histogram',
  value: 'it is no finite number, or would make a sum that is none',
  negative: 'a counter only goes up',
  conflict: 'the name is already used with another type',
  labels: 'its labels are no object of at most 64',
  metrics: 'there are too many metrics',
  unreadable: 'its arguments cannot be read',
}

type Warn = (kind: string, message: string) => void

/** Undefined when there is nowhere to send to. */
function openSender(registry: Registry, options: MetricsOptions, onWarning: (message: string) => void, warn: Warn) {
  const target = readTarget(options.endpoint, warn)
  if (target === undefined) return undefined
  const resource = resourceOf(options)
  const startNanos = nanosOf(Date.now())
  const flushIntervalMs = Math.max(options.flushIntervalMs ?? FLUSH_INTERVAL_MS, FLUSH_INTERVAL_MIN_MS)
  let rejected = 0
  let isClosed = false

  // What waits is not data but the wish to send: the state is read when it is sent, so an outage needs no memory and a
  // request that is tried again has the newest values.
  const delivery = createDelivery<'collection'>({
    send: (_items, signal) => collect(target, signal),
    maxItems: COLLECTIONS_MAX,
    maxBytes: COLLECTIONS_MAX,
    sizeOf: () => 1,
    maxBatchItems: 1,
    maxBatchBytes: 1,
    flushIntervalMs: 0,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    backoffMinMs: Math.min(BACKOFF_MIN_MS, flushIntervalMs),
    backoffMaxMs: flushIntervalMs,
    onWarning,
  })

  async function collect(to: Target, signal: AbortSignal): Promise<Outcome> {
    for (const { body, points } of requests(registry.families, resource, startNanos)) {
      const answer = await sendTo(to, body, signal)
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
  if (typeof timer === 'object') timer.unref?.()

  function flush(timeoutMs: number): Promise<boolean> {
    if (registry.seriesCount > 0 && delivery.pending < COLLECTIONS_MAX) delivery.add('collection')
    return delivery.flush(timeoutMs)
  }
  flushBeforeExit(async () => isClosed || flush(EXIT_FLUSH_MS))
  return {
    flush,
    close: (timeoutMs: number) => {
      isClosed = true
      clearInterval(timer)
      return flush(timeoutMs)
    },
    sent: () => delivery.sent,
    rejected: () => rejected,
  }
}

function readTarget(endpoint: string | undefined, warn: Warn): Target | undefined {
  try {
    return targetOf(endpoint)
  } catch (error) {
    warn('endpoint', `nothing is sent: ${String(error)}`)
    return undefined
  }
}
