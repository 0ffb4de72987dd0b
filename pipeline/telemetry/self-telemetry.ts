import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Meter } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'

export interface SelfTelemetry {
  readonly meter: Meter
  /** The text of `/metrics`, in Prometheus' exposition format 0.0.4. */
  expose(): Promise<string>
  shutdown(): Promise<void>
}

export interface SelfTelemetryOptions {
  readonly version: string
  readonly instanceId: string
  /** OTLP/HTTP base URL to push to as well. */
  readonly otlpEndpoint?: string | undefined
  readonly otlpIntervalMs: number
}

/**
 * Our own metrics. Only metrics are ever pushed, once an interval and of a fixed set of names, so that even a push to
 * ourselves stays at one small request an interval and cannot feed on itself.
 */
export function startSelfTelemetry(options: SelfTelemetryOptions): SelfTelemetry {
  const prometheus = new PrometheusExporter({ preventServerStart: true })
  const readers: MetricReader[] = [prometheus]
  if (options.otlpEndpoint !== undefined) {
    const url = `${options.otlpEndpoint.replace(/\/$/, '')}/v1/metrics`
    readers.push(
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url }),
        exportIntervalMillis: options.otlpIntervalMs,
        exportTimeoutMillis: Math.min(10_000, options.otlpIntervalMs),
      }),
    )
  }
  const resource = resourceFromAttributes({
    'service.name': 'sensorium',
    'service.version': options.version,
    'service.instance.id': options.instanceId,
  })
  const provider = new MeterProvider({ resource, readers })
  const meter = provider.getMeter('sensorium', options.version)
  const stopProcessMetrics = observeProcess(meter)
  const serializer = new PrometheusSerializer()
  return {
    meter,
    expose: async () => serializer.serialize((await prometheus.collect()).resourceMetrics),
    shutdown: async () => {
      stopProcessMetrics()
      // A push endpoint that is away must not hold up the end of the process, nor turn it into a failure.
      await provider.shutdown({ timeoutMillis: 2_000 }).catch(() => {})
    },
  }
}

/** Memory, CPU time and event-loop delay, under the Collector's `process_` names. */
function observeProcess(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const gauge = (name: string, unit: string, description: string, read: () => number) =>
    meter.createObservableGauge(name, { unit, description }).addCallback(result => result.observe(read()))
  gauge('sensorium_process_memory_rss', 'By', 'Resident memory of the process.', () => process.memoryUsage.rss())
  gauge('sensorium_process_uptime', 's', 'Time since the process started.', () => process.uptime())
  gauge(
    'sensorium_process_event_loop_delay_p99',
    's',
    '99th percentile of event-loop delay since the last reading.',
    () => {
      const seconds = delay.percentile(99) / 1e9
      delay.reset()
      return Number.isFinite(seconds) ? seconds : 0
    },
  )
  meter
    .createObservableCounter('sensorium_process_cpu', { unit: 's', description: 'CPU time of the process.' })
    .addCallback(result => {
      const { user, system } = process.cpuUsage()
      result.observe((user + system) / 1e6)
    })
  return () => delay.disable()
}
