import type { Attributes, HrTime, Logger, Tracer } from '@opentelemetry/api'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, type IdGenerator, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { countPoints, createExporters, EXPORT_TIMEOUT_MS, type Sink } from './exporters.ts'
import {
  createInstruments,
  DATABASE_DURATION,
  type Instruments,
  observeVitals,
  type ProcessVitals,
} from './instruments.ts'
import { restamp, SimulatedTimeReader } from './metric-clock.ts'

/** The OpenTelemetry SDK of one running instance of one service, as a service sets it up for itself. */
export interface ServiceTelemetry {
  readonly tracer: Tracer
  readonly logger: Logger
  readonly instruments: Instruments
  /** Collects the metrics as of the simulated time `at` and sends them. */
  collect(at: HrTime): Promise<void>
  /** Resolves when all that was generated so far is answered; failures are in the ledger. */
  flush(): Promise<void>
  close(): Promise<void>
}

export interface ServiceProcess {
  readonly name: string
  readonly version: string
  readonly resource: Attributes
  readonly startedAt: HrTime
  readonly idGenerator: IdGenerator
  readonly vitals: ProcessVitals
}

const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0'

/**
 * The SDK's queues drop what does not fit, silently. Ours never fill up: the run flushes every few hundred requests
 * and waits for the answers, and a few hundred requests are a few thousand spans.
 */
const QUEUE_ITEMS = 100_000
/** The exporter gives up first, so that a failure has its reason. */
const FLUSH_TIMEOUT_MS = 2 * EXPORT_TIMEOUT_MS

export function createServiceTelemetry(process: ServiceProcess, sink: Sink): ServiceTelemetry {
  const { name, version, idGenerator } = process
  const resource = defaultResource().merge(resourceFromAttributes(process.resource, { schemaUrl: SCHEMA_URL }))
  const exporters = createExporters(sink)
  const queue = { maxQueueSize: QUEUE_ITEMS, exportTimeoutMillis: FLUSH_TIMEOUT_MS }
  const tracerProvider = new TracerProvider({
    resource,
    idGenerator,
    spanProcessors: [
      spanCounter(() => sink.ledger.generated(name, 'traces', 1)),
      new BatchSpanProcessor({ exporter: exporters.traces, ...queue }),
    ],
  })
  const loggerProvider = new LoggerProvider({
    resource,
    processors: [
      logCounter(() => sink.ledger.generated(name, 'logs', 1)),
      new BatchLogRecordProcessor({ exporter: exporters.logs, ...queue }),
    ],
  })
  const reader = new SimulatedTimeReader()
  const meterProvider = new MeterProvider({
    resource,
    readers: [reader],
    views: [{ instrumentName: DATABASE_DURATION, aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  })
  const scope = `@${process.resource['service.namespace']}/${name}`
  const meter = meterProvider.getMeter(scope, version, { schemaUrl: SCHEMA_URL })
  observeVitals(meter, process.vitals)

  return {
    tracer: tracerProvider.getTracer(scope, version, { schemaUrl: SCHEMA_URL }),
    logger: loggerProvider.getLogger(scope, version, { schemaUrl: SCHEMA_URL }),
    instruments: createInstruments(meter),
    async collect(at) {
      const { resourceMetrics, errors } = await reader.collect()
      if (errors.length > 0) throw new AggregateError(errors, `the metrics of ${name} cannot be collected`)
      const metrics = restamp(resourceMetrics, process.startedAt, at)
      sink.ledger.generated(name, 'metrics', countPoints(metrics))
      await new Promise<void>(resolve => exporters.metrics.export(metrics, () => resolve()))
    },
    async flush() {
      const timeout = { timeoutMillis: FLUSH_TIMEOUT_MS }
      // The exporters write every failure into the ledger; what these two promises reject with is the same again.
      await Promise.allSettled([tracerProvider.forceFlush(timeout), loggerProvider.forceFlush(timeout)])
      await Promise.all([exporters.traces.settled(), exporters.logs.settled(), exporters.metrics.settled()])
    },
    async close() {
      await Promise.allSettled([tracerProvider.shutdown(), loggerProvider.shutdown(), meterProvider.shutdown()])
      await exporters.metrics.shutdown()
    },
  }
}

/** Counts before the queue: the only place where a dropped span has been seen. */
function spanCounter(count: () => void): SpanProcessor {
  return { onStart() {}, onEnd: count, forceFlush: nothing, shutdown: nothing }
}

function logCounter(count: () => void): LogRecordProcessor {
  return { onEmit: count, forceFlush: nothing, shutdown: nothing }
}

async function nothing(): Promise<void> {}
