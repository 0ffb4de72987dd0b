import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { DemoError } from '../errors.ts'
import type { Ledger, Signal } from '../ledger.ts'
import type { Diagnostics } from './diagnostics.ts'

/** Long enough for a receiver that is being restarted or asks for patience with Retry-After. */
export const EXPORT_TIMEOUT_MS = 30_000
/** The SDK's exporters try again after about 1 s and 2.5 s within this time, then give up. */
const PROBE_TIMEOUT_MS = 3_000

const SUCCESS = 0
const FAILED = 1
/** `code` is an enum of a package that comes with the SDK and is not ours to import; the constants are its values. */
type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0]

interface Exporter<T> {
  export(items: T, done: (result: ExportResult) => void): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** An exporter of the SDK that keeps the ledger. */
interface WatchedExporter<T> extends Exporter<T> {
  /** Resolves when every export that has begun is answered. Failures are in the ledger. */
  settled(): Promise<void>
}

export interface Exporters {
  readonly traces: WatchedExporter<ReadableSpan[]>
  readonly logs: WatchedExporter<ReadableLogRecord[]>
  readonly metrics: WatchedExporter<ResourceMetrics>
}

export interface Sink {
  readonly endpoint: string
  readonly ledger: Ledger
  readonly diagnostics: Diagnostics
}

/** The three exporters of one service, over OTLP/HTTP with protobuf. */
export function createExporters(sink: Sink): Exporters {
  const options = (signal: Signal) => ({ url: `${sink.endpoint}/v1/${signal}`, timeoutMillis: EXPORT_TIMEOUT_MS })
  return {
    traces: watch(new OTLPTraceExporter(options('traces')), 'traces', spans => spans.length, sink),
    logs: watch(new OTLPLogExporter(options('logs')), 'logs', records => records.length, sink),
    metrics: watch(new OTLPMetricExporter(options('metrics')), 'metrics', countPoints, sink),
  }
}

export function countPoints(metrics: ResourceMetrics): number {
  let points = 0
  for (const scope of metrics.scopeMetrics) for (const metric of scope.metrics) points += metric.dataPoints.length
  return points
}

function watch<T>(exporter: Exporter<T>, signal: Signal, count: (items: T) => number, sink: Sink): WatchedExporter<T> {
  const { ledger, diagnostics } = sink
  const pending = new Set<Promise<void>>()
  const book = (items: T, result: ExportResult): void => {
    const partial = diagnostics.takePartialSuccess()
    if (result.code !== SUCCESS) {
      ledger.failed(signal, count(items), result.error ?? new Error('no answer'))
      return
    }
    if (partial !== undefined) ledger.rejected(signal, partial.rejected, partial.message)
    ledger.acknowledged(signal, count(items) - (partial?.rejected ?? 0))
  }
  return {
    export(items, done) {
      // A failed export ends the run; what still waits in the queues then is not tried against the same wall.
      const failure = ledger.firstFailure()
      if (failure !== undefined) return done({ code: FAILED, error: failure })
      const answered = new Promise<void>(resolve => {
        exporter.export(items, result => {
          book(items, result)
          done(result)
          resolve()
        })
      })
      pending.add(answered)
      void answered.then(() => pending.delete(answered))
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    async settled() {
      await Promise.all(pending)
    },
  }
}

/**
 * Sends a request without spans, which OTLP allows, so that a wrong address is told at once and not after a minute of
 * simulation. It goes through the SDK's exporter: what the environment says about headers and TLS holds here as well.
 *
 * @throws DemoError naming the endpoint and what to do.
 */
export async function probe(endpoint: string): Promise<void> {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: PROBE_TIMEOUT_MS })
  const result = await new Promise<ExportResult>(resolve => exporter.export([], resolve))
  await exporter.shutdown()
  if (result.code !== SUCCESS) throw exportError(endpoint, result.error ?? new Error('no answer'))
}

/** Turns an exporter's failure into words for the person at the terminal. */
export function exportError(endpoint: string, error: Error): DemoError {
  const code = codeOf(error)
  const why = reason(error)
  const options = { cause: error }
  if (typeof code === 'number') {
    return new DemoError('refused', `${endpoint} answered HTTP ${code} (${why}). ${remedyFor(code)}`, options)
  }
  if (typeof code === 'string') {
    const remedy = 'Start Sensorium in another terminal (npm start), or name its OTLP/HTTP address with --endpoint.'
    return new DemoError('unreachable', `No OTLP/HTTP receiver at ${endpoint}: ${why}. ${remedy}`, options)
  }
  const remedy = 'Is it overloaded? Its log says more; a lower --rate or --speed asks less of it.'
  return new DemoError('refused', `${endpoint} did not take the telemetry in time: ${why}. ${remedy}`, options)
}

function remedyFor(status: number): string {
  if (status === 401 || status === 403) {
    return 'Give the token as the OpenTelemetry SDK reads it: OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer …".'
  }
  if (status === 404) return 'Is --endpoint the base address of the OTLP/HTTP receiver, without /v1/traces?'
  return "The receiver's log says more."
}

/** The HTTP status as a number, a network error's name as text, nothing when a receiver only kept us waiting. */
function codeOf(error: unknown): number | string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && (typeof at.code === 'number' || typeof at.code === 'string')) return at.code
  }
  return undefined
}

/** Connection errors to a name with several addresses come as an AggregateError without a message. */
function reason(error: Error): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(String).join('; ')
  return error.message === '' ? error.name : error.message
}
