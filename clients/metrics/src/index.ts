import { limitedWarnings } from '../../delivery/delivery.ts'
import { CONTENT_TYPE, exposition } from './exposition.ts'
import { createRegistry, type Refusal } from './registry.ts'
import { openSender } from './sender.ts'
import type { Labels, Metric } from './series.ts'

export type { Labels, Metric, MetricType } from './series.ts'

export interface MetricsOptions {
  /** `service.name`. Default: SENSORIUM_SERVICE, then OpenTelemetry's variables. */
  readonly service?: string
  /** `deployment.environment.name`, such as prod. Default: SENSORIUM_ENVIRONMENT, OpenTelemetry's, NODE_ENV, dev. */
  readonly environment?: string
  /** `service.version`. */
  readonly version?: string
  /** Base URL of OTLP/HTTP, without `/v1/metrics`. Default: the environment's; with neither, nothing is sent. */
  readonly endpoint?: string
  /** Default: OTEL_METRIC_EXPORT_INTERVAL, else 10,000. */
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

const FLUSH_TIMEOUT_MS = 5_000

/** Starts to collect. Throws nothing: with a bad endpoint it warns and only keeps the exposition. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = createRegistry()
  const onWarning = (message: string) => (options.onWarning ?? console.warn)(`metrics: ${message}`)
  const warn = limitedWarnings(onWarning)
  let refused = 0
  const sender = openSender(registry, options, onWarning)

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
