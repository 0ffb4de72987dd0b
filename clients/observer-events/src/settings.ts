import { environmentOf } from '../../delivery/on-exit.ts'

export interface ObserverOptions {
  /** Where events go: `https://sensorium.example/ingest/PRODUCT`. Default: PULSE_BUDDY_INGEST_URL. */
  readonly url?: string
  /** The shared secret that signs. Default: PULSE_BUDDY_INGEST_SECRET. */
  readonly secret?: string
  /** prod, preview or dev. Default: BUDDY_ENV, else what Vercel or NODE_ENV says. */
  readonly env?: string
  /** Default: BUDDY_RELEASE, else Vercel's commit. */
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

const VERCEL_ENVIRONMENTS: Readonly<Record<string, string>> = {
  production: 'prod',
  preview: 'preview',
  development: 'dev',
}

/** Options first, then the seed's variables, then what the platform says of itself. */
export function readSettings(options: ObserverOptions, environment: Environment = environmentOf()): Settings {
  const of = (name: string) => environment[name]?.trim() || undefined
  return {
    url: options.url || of('PULSE_BUDDY_INGEST_URL'),
    secret: options.secret || of('PULSE_BUDDY_INGEST_SECRET'),
    env: (options.env || of('BUDDY_ENV')) ?? VERCEL_ENVIRONMENTS[of('VERCEL_ENV') ?? ''] ?? ofNode(of('NODE_ENV')),
    release: (options.release || of('BUDDY_RELEASE')) ?? of('VERCEL_GIT_COMMIT_SHA'),
  }
}

function ofNode(name: string | undefined): string {
  return name === 'production' ? 'prod' : 'dev'
}
