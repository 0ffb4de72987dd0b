import type { Instrumentation } from '@opentelemetry/instrumentation'
import { environmentOf } from '../../delivery/on-exit.ts'

export interface TelemetryOptions {
  /** Default: OTEL_SERVICE_NAME, then `service.name` of OTEL_RESOURCE_ATTRIBUTES, then `unknown_service:node`. */
  readonly service?: string
  /** Default: `service.version` of OTEL_RESOURCE_ATTRIBUTES, then npm_package_version, which `npm run` sets. */
  readonly version?: string
  /** Default: `deployment.environment.name` of OTEL_RESOURCE_ATTRIBUTES, then NODE_ENV, then `development`. */
  readonly environment?: string
  /** Base address of the OTLP receiver, without `/v1/traces`. Default: see the README; at last http://127.0.0.1:4318. */
  readonly endpoint?: string
  /** Sent with each request, such as `authorization`. Default: OTEL_EXPORTER_OTLP_HEADERS. */
  readonly headers?: Readonly<Record<string, string>>
  /** Share of new traces to keep, 0 to 1; a trace that came from elsewhere keeps its sender's choice. Default: 1. */
  readonly sampleRatio?: number
  /** OpenTelemetry's instrumentations of other libraries, beside those of HTTP, fetch and pg. */
  readonly instrumentations?: readonly Instrumentation[]
  /** Told what went wrong in a sentence, each kind at most once a minute. Default: console.warn. */
  readonly onWarning?: (message: string) => void
}

export interface Settings {
  readonly service: string
  readonly version: string | undefined
  readonly environment: string
  /** Of OTEL_RESOURCE_ATTRIBUTES. */
  readonly attributes: Readonly<Record<string, string>>
  readonly tracesUrl: string
  readonly headers: Readonly<Record<string, string>>
  readonly sampleRatio: number
  readonly isDisabled: boolean
  readonly instrumentations: readonly Instrumentation[]
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4318'

/** What was said in code goes before the environment. Throws where an address is none or the ratio is out of range. */
export function readSettings(options: TelemetryOptions, environment = environmentOf()): Settings {
  const of = (name: string) => environment[name]?.trim() || undefined
  const attributes = readPairs(of('OTEL_RESOURCE_ATTRIBUTES'))
  const base = options.endpoint
  const tracesUrl =
    (base === undefined
      ? (of('TELEMETRY_EXPORTER_OTLP_URL') ?? of('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'))
      : undefined) ?? `${(base ?? of('OTEL_EXPORTER_OTLP_ENDPOINT') ?? DEFAULT_ENDPOINT).replace(/\/+$/, '')}/v1/traces`
  if (!/^https?:/.test(new URL(tracesUrl).protocol)) throw new Error(`${tracesUrl} is no http address`)
  const sampleRatio = options.sampleRatio ?? Number(of('OTEL_TRACES_SAMPLER_ARG') ?? 1)
  if (!(sampleRatio >= 0 && sampleRatio <= 1)) throw new Error('the sample ratio is a number from 0 to 1')
  return {
    service: options.service ?? of('OTEL_SERVICE_NAME') ?? attributes['service.name'] ?? 'unknown_service:node',
    version: options.version ?? attributes['service.version'] ?? of('npm_package_version'),
    environment: options.environment ?? attributes['deployment.environment.name'] ?? of('NODE_ENV') ?? 'development',
    attributes,
    tracesUrl,
    headers: options.headers ?? readPairs(of('OTEL_EXPORTER_OTLP_HEADERS')),
    sampleRatio,
    instrumentations: options.instrumentations ?? [],
    isDisabled: of('OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
  }
}

/** `a=1,b=2%2C3`, as OpenTelemetry writes maps into the environment; what is no pair is passed over. */
export function readPairs(text: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const pair of text?.split(',') ?? []) {
    const equals = pair.indexOf('=')
    if (equals < 1) continue
    pairs[pair.slice(0, equals).trim()] = decoded(pair.slice(equals + 1).trim())
  }
  return pairs
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
