import { applicationUrl, identityOf } from '../../delivery/environment.ts'
import { environmentOf } from '../../delivery/on-exit.ts'

export interface ObserverOptions {
  /**
   * Where events go: `https://sensorium.example/ingest/PRODUCT`. Default: PULSE_BUDDY_INGEST_URL,
   * else below SENSORIUM_URL, with the service as the product. */
  readonly url?: string
  /** The shared secret that signs. Default: PULSE_BUDDY_INGEST_SECRET, else SENSORIUM_SECRET. */
  readonly secret?: string
  /** prod, preview or dev. Default: BUDDY_ENV, SENSORIUM_ENVIRONMENT, OpenTelemetry's, Vercel's, NODE_ENV, dev. */
  readonly env?: string
  /** Default: BUDDY_RELEASE, SENSORIUM_VERSION, OpenTelemetry's, Vercel's commit, npm's version. */
  readonly release?: string
  /** Serverless: keeps the function until the promise is settled, such as Vercel's or Cloudflare's `waitUntil`. */
  readonly waitUntil?: (promise: Promise<unknown>) => void
  /** Default: `console.warn`. At most one a minute of each kind. */
  readonly onWarning?: (message: string) => void
}

export interface Settings {
  readonly url: string | undefined
  readonly secret: string | undefined
  readonly env: string
  readonly release: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Options first, then the package's own variables, then those of all packages, then what the platform says of itself. */
export function readSettings(options: ObserverOptions, environment: Environment = environmentOf()): Settings {
  const of = (name: string) => environment[name]?.trim() || undefined
  const given = { environment: options.env, version: options.release }
  const own = { environment: 'BUDDY_ENV', version: 'BUDDY_RELEASE' }
  const { service, environment: env, version } = identityOf(given, own, environment)
  const product =
    service === undefined ? undefined : applicationUrl(`/ingest/${encodeURIComponent(service)}`, environment)
  return {
    url: (options.url || of('PULSE_BUDDY_INGEST_URL')) ?? product,
    secret: (options.secret || of('PULSE_BUDDY_INGEST_SECRET')) ?? of('SENSORIUM_SECRET'),
    env,
    release: version,
  }
}
