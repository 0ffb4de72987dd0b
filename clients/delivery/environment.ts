import { environmentOf } from './on-exit.ts'

/**
 * What all clients read from the environment, by one rule: what is said in code, then the package's own variable (the
 * one that the package always had), then SENSORIUM_*, then OpenTelemetry's, then what the platform says.
 */
export type Variables = Readonly<Record<string, string | undefined>>

export interface Identity {
  readonly service: string | undefined
  readonly environment: string
  readonly version: string | undefined
  /** Of OTEL_RESOURCE_ATTRIBUTES, but for those that are told above. */
  readonly attributes: Readonly<Record<string, string>>
}

interface Given {
  readonly service?: string | undefined
  readonly environment?: string | undefined
  readonly version?: string | undefined
}

/** Names of the package's own variables. */
interface OwnNames {
  readonly environment?: string
  readonly version?: string
}

/** Where nobody says anything, it is somebody's own machine. */
const DEFAULT_ENVIRONMENT = 'dev'
/** The words of Node and of Vercel, and those that Sensorium's tools ask for. */
const PLATFORM_ENVIRONMENTS: Readonly<Record<string, string>> = { production: 'prod', development: 'dev' }
const TOLD = new Set(['service.name', 'service.version', 'deployment.environment.name', 'deployment.environment'])

/** Who sends. */
export function identityOf(given: Given = {}, own: OwnNames = {}, variables: Variables = environmentOf()): Identity {
  const of = (name: string | undefined) => (name === undefined ? undefined : variables[name]?.trim() || undefined)
  const attributes = readPairs(of('OTEL_RESOURCE_ATTRIBUTES'))
  const platform = of('VERCEL_ENV') ?? of('NODE_ENV')
  return {
    service: (given.service || of('SENSORIUM_SERVICE')) ?? of('OTEL_SERVICE_NAME') ?? attributes['service.name'],
    environment:
      (given.environment || of(own.environment)) ??
      of('SENSORIUM_ENVIRONMENT') ??
      attributes['deployment.environment.name'] ??
      attributes['deployment.environment'] ??
      (platform === undefined ? DEFAULT_ENVIRONMENT : (PLATFORM_ENVIRONMENTS[platform] ?? platform)),
    version:
      (given.version || of(own.version)) ??
      of('SENSORIUM_VERSION') ??
      attributes['service.version'] ??
      of('VERCEL_GIT_COMMIT_SHA') ??
      of('npm_package_version'),
    attributes: Object.fromEntries(Object.entries(attributes).filter(([key]) => !TOLD.has(key))),
  }
}

/** An address below Sensorium's application endpoint, `SENSORIUM_URL`. */
export function applicationUrl(path: string, variables: Variables = environmentOf()): string | undefined {
  const base = variables.SENSORIUM_URL?.trim()
  return base ? `${base.replace(/\/+$/, '')}${path}` : undefined
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
