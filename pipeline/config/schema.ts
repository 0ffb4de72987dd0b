import { z } from 'zod'
import { agentSettings } from '../agent/settings.ts'

/** Where a server listens: host:port, [v6]:port. */
export const endpoint = z
  .string()
  .regex(/^(?:\[[0-9a-fA-F:]+\]|[^\s:[\]/]+):\d{1,5}$/, 'write host:port, such as 127.0.0.1:4318')
  .refine(text => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'the port is at most 65535')

/** Splits what `endpoint` accepted. */
export function hostAndPort(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

export function isLoopbackEndpoint(text: string): boolean {
  return isLoopback(hostAndPort(text).host)
}

const componentId = z.string().regex(/^[a-z][a-z0-9_]*(\/[\w.-]+)?$/, 'write type or type/name')
/** Settings of one component; its own schema checks them. */
const settings = z.record(z.string(), z.unknown())
const components = z.record(componentId, settings.optional()).optional()

const pipeline = z.strictObject({
  receivers: z.array(z.string()).min(1).describe('Where records come from.'),
  processors: z.array(z.string()).default([]).describe('What happens to them, in this order.'),
  exporters: z.array(z.string()).min(1).describe('Where they go; each gets all of them.'),
})

/** Retry of a best-effort exporter. */
export const retrySettings = z.strictObject({
  initial_interval_ms: z.int().min(1).default(1_000).describe('Wait before the first retry.'),
  max_interval_ms: z.int().min(1).default(30_000).describe('Longest wait between two tries; waits double up to it.'),
  max_elapsed_time_ms: z
    .int()
    .min(0)
    .default(300_000)
    .describe('After this long the batch is dropped and counted; 0: never.'),
})

/** The bounded queue before an exporter. */
export const queueSettings = z.strictObject({
  max_bytes: z
    .int()
    .min(1)
    .default(64 * 1024 * 1024)
    .describe('Encoded bytes that may wait for this exporter.'),
  num_consumers: z.int().min(1).max(64).default(4).describe('Batches that are sent at once. Best effort only.'),
})

/** What every exporter takes beside its own keys; the host reads these. */
export const exporterSettings = z.strictObject({
  delivery: z
    .enum(['durable', 'best_effort'])
    .optional()
    .describe(
      'durable: the acknowledgement waits. best_effort: queued, retried, drops counted. Default: as the exporter says.',
    ),
  sending_queue: queueSettings.prefault({}),
  retry_on_failure: retrySettings.prefault({}),
})
export type ExporterSettings = z.output<typeof exporterSettings>

const pipelineId = z
  .string()
  .regex(/^(traces|metrics|logs)(\/[\w.-]+)?$/, 'write traces, metrics or logs, with /name for more than one')
export const pipelinesSchema = z.record(pipelineId, pipeline)

/** Listening where other machines can reach us takes a word of consent where nothing asks who they are. */
const guardMessage =
  'other machines can reach this address, and nobody is asked who they are: listen on 127.0.0.1, or write insecure: true'

export const serviceSettings = z.strictObject({
  pipelines: pipelinesSchema.describe('traces, metrics, logs, each with /name for more than one.'),
  http: z
    .strictObject({
      endpoint: endpoint
        .default('127.0.0.1:4320')
        .describe('The application HTTP server: /healthz, /readyz, /metrics.'),
      insecure: z.boolean().default(false).describe('Must be true to listen on anything but loopback.'),
    })
    .refine(http => http.insecure || isLoopbackEndpoint(http.endpoint), { path: ['endpoint'], message: guardMessage })
    .prefault({}),
  allowed_hosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Names, `*.` for all below one, under which HTTP requests may ask for us. Addresses, names without a dot and private ones (.internal, .local, …) always may: a page on the internet cannot have one.',
    ),
  allowed_origins: z
    .array(z.string().min(1))
    .default([])
    .describe('Origins of web pages whose requests are taken, on every HTTP listener; `*` for all.'),
  limits: z
    .strictObject({
      max_in_flight_bytes: z
        .int()
        .min(1024 * 1024)
        .default(16 * 1024 * 1024)
        .describe('Encoded telemetry that the process holds for all senders together; past it they are told to wait.'),
      shutdown_timeout_ms: z
        .int()
        .min(100)
        .default(30_000)
        .describe('Time for draining before the process ends anyway.'),
    })
    .prefault({}),
  telemetry: z
    .strictObject({
      log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
      otlp_endpoint: z.url().optional().describe('OTLP/HTTP base URL to send our own metrics to, besides /metrics.'),
      otlp_interval_ms: z.int().min(1_000).default(60_000),
    })
    .prefault({}),
  agent: agentSettings
    .prefault({})
    .describe('A language model, for prose of reports and for questions in the console; docs/agent-port.md.'),
  database: settings.optional().describe('See the store settings.'),
  kpis: settings.optional().describe('What hours and days are rolled up to; see the store settings.'),
  maintenance: settings.optional().describe('Retention and compression; see the store settings.'),
})

/** The file as a whole, in the Collector's grammar. */
export const fileSchema = z.strictObject({
  receivers: components,
  processors: components,
  exporters: components,
  service: serviceSettings,
})
export type FileConfig = z.output<typeof fileSchema>
