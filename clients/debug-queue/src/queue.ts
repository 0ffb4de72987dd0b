import { postInBackground } from '../../delivery/background-post.ts'
import { createDelivery, limitedWarnings } from '../../delivery/delivery.ts'
import { applicationUrl, identityOf } from '../../delivery/environment.ts'
import { environmentOf, flushBeforeExit } from '../../delivery/on-exit.ts'
import { isOff, targetOf } from '../../delivery/otlp-http.ts'
import { utf8Bytes } from '../../delivery/post.ts'
import { type Destination, loki, otlp, webhook } from './destination.ts'
import { type DebugEvent, EventTypeError, eventOf, type LogDetails, type Priority } from './event.ts'

export interface DebugQueueOptions {
  /** Sensorium's webhook, `https://sensorium.example/webhook/event`. Default: DEBUG_QUEUE_URL, else below SENSORIUM_URL. */
  readonly url?: string
  /** Of the webhook or of Loki. Default: DEBUG_QUEUE_TOKEN, else SENSORIUM_TOKEN where SENSORIUM_URL is used. */
  readonly token?: string
  /** Loki's base URL, instead of the webhook. Default: DEBUG_QUEUE_LOKI_URL. */
  readonly lokiUrl?: string
  /** An OTLP/HTTP base URL, instead of both. Default: SENSORIUM_OTLP_URL, then OpenTelemetry's variables. */
  readonly otlpEndpoint?: string
  /** Such as prod. Default: DEBUG_QUEUE_ENV, SENSORIUM_ENVIRONMENT, OpenTelemetry's, NODE_ENV, dev. */
  readonly environment?: string
  /** Default: `console.warn`. At most one a minute of each kind. */
  readonly onWarning?: (message: string) => void
}

export interface DebugQueue {
  /** Queues one event and returns at once. Never throws. */
  log(eventType: string, details: LogDetails, options?: { readonly priority?: Priority }): void
  /** Sends what waits. True once all of it is stored or refused, false at the deadline. Never rejects. */
  flush(timeoutMs?: number): Promise<boolean>
  status(): { readonly pending: number; readonly sent: number; readonly dropped: number }
}

const MAX_EVENTS = 1_000
const MAX_BYTES = 4 * 1024 * 1024
const MAX_BATCH_EVENTS = 100
/** The server takes 1 MiB at once. */
const MAX_BATCH_BYTES = 512 * 1024
/** Low priority waits for company; high goes at once. */
const FLUSH_INTERVAL_MS = 2_000
const REQUEST_TIMEOUT_MS = 10_000
const EXIT_FLUSH_MS = 5_000

/** A queue of its own. Most programs use `debugQueue`, which the environment configures. */
export function createDebugQueue(options: DebugQueueOptions = {}): DebugQueue {
  const onWarning = (message: string) => (options.onWarning ?? console.warn)(`debug-queue: ${message}`)
  const warn = limitedWarnings(onWarning)
  const destination = findDestination(options, warn)
  const sender = identityOf({ environment: options.environment }, { environment: 'DEBUG_QUEUE_ENV' })
  let unsendable = 0
  const delivery = createDelivery<DebugEvent>({
    send: async (events, signal) => {
      if (destination === undefined) return { refused: 'no destination' }
      return postInBackground(destination.url, destination.request(events), signal)
    },
    maxItems: MAX_EVENTS,
    maxBytes: MAX_BYTES,
    sizeOf: event => utf8Bytes(JSON.stringify(event)),
    maxBatchItems: MAX_BATCH_EVENTS,
    maxBatchBytes: MAX_BATCH_BYTES,
    flushIntervalMs: FLUSH_INTERVAL_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onWarning,
  })
  const flush = (timeoutMs = EXIT_FLUSH_MS) => delivery.flush(timeoutMs)
  flushBeforeExit(flush, delivery)
  return {
    log(eventType, details, options) {
      try {
        const priority = options?.priority === 'high' ? 'high' : 'low'
        if (destination === undefined) {
          unsendable += 1
          warn('unconfigured', `SENSORIUM_URL is not set, so events go nowhere (${unsendable} so far)`)
          return
        }
        const isQueued = delivery.add(eventOf(eventType, details, priority, sender))
        if (isQueued && priority === 'high') delivery.hurry()
      } catch (error) {
        unsendable += 1
        const why = error instanceof EventTypeError ? error.message : 'it could not be read'
        warn('event', `an event was dropped: ${why} (${unsendable} so far)`)
      }
    },
    flush,
    status: () => ({ pending: delivery.pending, sent: delivery.sent, dropped: delivery.dropped + unsendable }),
  }
}

function of(name: string): string | undefined {
  return environmentOf()[name]?.trim() || undefined
}

/** An address that is none is told of, and events go nowhere. */
function findDestination(
  options: DebugQueueOptions,
  warn: (kind: string, message: string) => void,
): Destination | undefined {
  try {
    return destinationOf(options)
  } catch (error) {
    warn('destination', String(error))
    return undefined
  }
}

/** What is said outright counts before the environment; the webhook before Loki before OTLP, what is named before what is derived. */
function destinationOf(options: DebugQueueOptions): Destination | undefined {
  const token = options.token ?? of('DEBUG_QUEUE_TOKEN')
  if (options.url) return webhook(options.url, token)
  if (options.lokiUrl) return loki(options.lokiUrl, token)
  if (options.otlpEndpoint) return toOtlp(options.otlpEndpoint)
  if (isOff('logs')) return undefined
  const [url, lokiUrl, sensorium] = [
    of('DEBUG_QUEUE_URL'),
    of('DEBUG_QUEUE_LOKI_URL'),
    applicationUrl('/webhook/event'),
  ]
  if (url !== undefined) return webhook(url, token)
  if (lokiUrl !== undefined) return loki(lokiUrl, token)
  if (sensorium !== undefined) return webhook(sensorium, token ?? of('SENSORIUM_TOKEN'))
  return toOtlp(undefined)
}

function toOtlp(endpoint: string | undefined): Destination | undefined {
  const target = targetOf('logs', endpoint)
  return target && otlp(target)
}

let shared: DebugQueue | undefined
const opened = () => (shared ??= createDebugQueue())

/** The queue that the environment configures, made when it is first used. */
export const debugQueue: DebugQueue = {
  log: (...args) => opened().log(...args),
  flush: timeoutMs => opened().flush(timeoutMs),
  status: () => opened().status(),
}
