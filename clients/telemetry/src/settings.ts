import type { Instrumentation } from '@opentelemetry/instrumentation'
import { identityOf, type Variables } from '../../delivery/environment.ts'
import { environmentOf } from '../../delivery/on-exit.ts'
import { isOff, targetOf } from '../../delivery/otlp-http.ts'

export interface TelemetryOptions {
  /** Default: SENSORIUM_SERVICE, OTEL_SERVICE_NAME, then `service.name` of OTEL_RESOURCE_ATTRIBUTES, then `unknown_service:node`. */
  readonly service?: string
  /** Default: SENSORIUM_VERSION, then `service.version` of OTEL_RESOURCE_ATTRIBUTES, then npm_package_version. */
  readonly version?: string
  /** Default: SENSORIUM_ENVIRONMENT, then `deployment.environment.name` of OTEL_RESOURCE_ATTRIBUTES, NODE_ENV, `dev`. */
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
  /** Of OTEL_RESOURCE_ATTRIBUTES, but for those above. */
  readonly attributes: Readonly<Record<string, string>>
  readonly tracesUrl: string
  readonly headers: Readonly<Record<string, string>>
  readonly sampleRatio: number
  readonly isDisabled: boolean
  readonly instrumentations: readonly Instrumentation[]
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4318'

/** What was said in code goes before the environment. Throws where an address is none or the ratio is out of range. */
export function readSettings(options: TelemetryOptions, variables = environmentOf()): Settings {
  const { service = 'unknown_service:node', version, environment, attributes } = identityOf(options, {}, variables)
  const { url, headers } = destinationOf(options, variables)
  const sampleRatio = options.sampleRatio ?? ratioOf(variables)
  if (!(sampleRatio >= 0 && sampleRatio <= 1)) throw new Error('the sample ratio is a number from 0 to 1')
  return {
    ...{ service, version, environment, attributes },
    tracesUrl: url,
    headers: options.headers ?? headers,
    sampleRatio,
    instrumentations: options.instrumentations ?? [],
    isDisabled: isOff('traces', variables),
  }
}

/** The package's own variable is a whole address. */
function destinationOf(
  { endpoint }: TelemetryOptions,
  variables: Variables,
): Pick<Settings, 'headers'> & { url: string } {
  const own = endpoint === undefined ? variables.TELEMETRY_EXPORTER_OTLP_URL?.trim() || undefined : undefined
  const address = own === undefined ? {} : { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own, SENSORIUM_OTLP_URL: '' }
  const { OTEL_SDK_DISABLED: _disabled, OTEL_TRACES_EXPORTER: _exporter, ...rest } = variables
  const from = { ...rest, ...address }
  const target = targetOf('traces', endpoint, from) ?? targetOf('traces', DEFAULT_ENDPOINT, from)
  if (target === undefined) throw new Error('there is no address to send to')
  const { 'content-type': _type, ...headers } = target.headers
  return { url: target.url, headers }
}

/** The share of OTEL_TRACES_SAMPLER and its argument; parents are followed whatever it says. */
function ratioOf(variables: Variables): number {
  const sampler = variables.OTEL_TRACES_SAMPLER?.trim() ?? ''
  if (sampler.endsWith('always_off')) return 0
  if (sampler.endsWith('always_on')) return 1
  return Number(variables.OTEL_TRACES_SAMPLER_ARG?.trim() || 1)
}
