import { hostname } from 'node:os'
import { type DestinationStream, destination, type Logger, type LoggerOptions, levels, pino, symbols } from 'pino'
import { limitedWarnings } from '../../delivery/delivery.ts'
import { type Identity, identityOf } from '../../delivery/environment.ts'
import { environmentOf } from '../../delivery/on-exit.ts'
import { targetOf } from '../../delivery/otlp-http.ts'
import { openWorker, type WorkerDestination } from './destination.ts'
import { serialiseError } from './errors.ts'
import { traceFields } from './trace-context.ts'
import type { LoggerStatus } from './worker-contract.ts'

export type { LoggerStatus } from './worker-contract.ts'

export interface CreateLoggerOptions {
  /** `service.name`. Default: SENSORIUM_SERVICE, then OpenTelemetry's variables. */
  readonly service?: string
  /** One of pino's levels, or `silent`. Default: LOG_LEVEL, else info. */
  readonly level?: string
  /** `deployment.environment.name`, such as prod. Default: SENSORIUM_ENVIRONMENT, OpenTelemetry's, NODE_ENV, dev. */
  readonly environment?: string
  /** `service.version`. Default: SENSORIUM_VERSION, OpenTelemetry's, npm's. */
  readonly version?: string
  /** Base URL of OTLP/HTTP, without `/v1/logs`. Default: the environment's; with neither, lines go to stdout only. */
  readonly endpoint?: string
  /** pino's `redact`: paths of secrets, kept out of stdout and of what is sent. */
  readonly redact?: NonNullable<LoggerOptions['redact']>
}

/**
 * A pino logger that writes to stdout and, where an endpoint is set, sends the same lines as OTLP from a worker. Throws
 * nothing for a bad option: it warns on stderr and does without.
 */
export function createLogger(options: CreateLoggerOptions = {}): Logger {
  const warn = limitedWarnings(message => process.stderr.write(`sensorium logger: ${message}\n`))
  const identity = identityOf(options)
  const base = baseOf(identity)
  const settings: LoggerOptions = {
    level: levelOf(options.level ?? environmentOf().LOG_LEVEL, warn),
    base,
    serializers: { err: serialiseError, error: serialiseError },
    // pino's five levels cut off the cause of a cause.
    depthLimit: 10,
    hooks: { logMethod: neverThrow(warn) },
    mixin: traceFields,
    ...(options.redact !== undefined && { redact: options.redact }),
  }
  return pino(settings, bothWays(startWorker(options.endpoint, base, identity.attributes, warn)))
}

/** What became of the records that a logger, or a child of it, has sent. All zero without an endpoint. */
export function loggerStatus(logger: Logger): LoggerStatus {
  const stream: unknown = Reflect.get(logger, symbols.streamSym)
  const own = stream as Partial<Destination> | undefined // of createLogger, if the logger is
  return own?.status?.() ?? { sent: 0, pending: 0, dropped: 0 }
}

type Warn = (kind: string, message: string) => void
type Base = Record<string, string | number>

/** In each line on stdout; the resource says the same of what is sent. */
function baseOf({ service = 'unknown_service:node', environment, version }: Identity): Base {
  return {
    pid: process.pid,
    hostname: hostname(),
    service,
    environment,
    ...(version !== undefined && { version }),
  }
}

const RESOURCE_NAMES: Readonly<Record<string, string>> = {
  pid: 'process.pid',
  hostname: 'host.name',
  service: 'service.name',
  environment: 'deployment.environment.name',
  version: 'service.version',
}

function startWorker(
  endpoint: string | undefined,
  base: Base,
  attributes: Identity['attributes'],
  warn: Warn,
): WorkerDestination | undefined {
  try {
    const target = targetOf('logs', endpoint)
    if (target === undefined) return undefined
    const named = Object.entries(base).map(([key, value]) => [RESOURCE_NAMES[key] ?? key, value] as const)
    const resource = { ...attributes, ...Object.fromEntries(named) }
    return openWorker({ target, resource, base }, warn)
  } catch (error) {
    warn('endpoint', `lines go to stdout only: ${String(error)}`)
    return undefined
  }
}

interface Destination extends DestinationStream {
  flush(callback: (error?: Error) => void): void
  flushSync(): void
  status?(): LoggerStatus
}

/** stdout first: it never waits for the worker. */
function bothWays(worker: WorkerDestination | undefined): Destination {
  const stdout = destination({ dest: 1, sync: true })
  if (worker === undefined) return stdout
  return {
    write(line) {
      stdout.write(line)
      worker.write(line)
    },
    flush: worker.flush,
    // pino calls it after `fatal`. The worker's lines are on their way, and are sent when the process exits.
    flushSync: () => stdout.flushSync(),
    status: worker.status,
  }
}

function levelOf(wanted: string | undefined, warn: Warn): string {
  if (!wanted) return 'info'
  const level = wanted.toLowerCase()
  if (level === 'silent' || Object.hasOwn(levels.values, level)) return level
  warn('level', `${wanted} is no level of pino; info is used`)
  return 'info'
}

/** A field with a getter that throws, say, must not be the end of a request. The line is written without its fields. */
function neverThrow(warn: Warn): NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']> {
  return function logMethod(args, method) {
    try {
      method.apply(this, args)
    } catch (error) {
      warn('line', `a line is written without its fields: ${String(error)}`)
      const text: unknown = args.find(arg => typeof arg === 'string')
      method.call(this, { logger_error: String(error) }, typeof text === 'string' ? text : 'unreadable fields')
    }
  }
}
