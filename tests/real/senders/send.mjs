// Sends every kind of value by OpenTelemetry's SDK for JavaScript; addresses come from OTEL_EXPORTER_OTLP_ENDPOINT.
import { context, SpanKind, trace } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const attributes = { text: 'ä ✓', count: 7, share: 0.1, yes: true, list: ['a', 'b'], numbers: [1, 2.5] }
const resource = resourceFromAttributes({
  'service.name': 'js-sender',
  'service.version': '1.2',
  'deployment.environment.name': 'test',
})
const url = signal => ({ url: `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/${signal}` })
const traces = new TracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(url('traces')) })],
})
const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(url('logs')) })],
})
const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(url('metrics')) })
const metrics = new MeterProvider({ resource, readers: [reader] })

const tracer = traces.getTracer('sender', '3.4')
const logger = logs.getLogger('sender', '3.4')
const parent = tracer.startSpan('parent', { kind: SpanKind.SERVER, attributes })
const within = trace.setSpan(context.active(), parent)
const child = tracer.startSpan(
  'child',
  { links: [{ context: parent.spanContext(), attributes: { why: 'because' } }] },
  within,
)
child.addEvent('halfway', { step: 2 })
child.recordException(new TypeError('no such thing'))
child.setStatus({ code: 2, message: 'failed' })
logger.emit({
  severityNumber: 13,
  severityText: 'WARN',
  body: 'said in the child',
  attributes,
  context: trace.setSpan(within, child),
})
logger.emit({ severityNumber: 9, body: { user: { id: 7 }, list: [1, 'b'] }, eventName: 'sender.done' })
child.end()
parent.end()

const meter = metrics.getMeter('sender', '3.4')
meter.createCounter('sent', { unit: '1', description: 'What was sent' }).add(3, { to: 'a' })
meter.createUpDownCounter('waiting').add(-2)
meter.createGauge('level').record(0.25, { of: 'tank' })
meter.createHistogram('took', { unit: 'ms' }).record(12.5, { to: 'a' })
for (const provider of [traces, logs, metrics]) await provider.shutdown()
