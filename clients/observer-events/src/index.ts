import { postInBackground } from '../../delivery/background-post.ts'
import { createDelivery, type Delivery, limitedWarnings } from '../../delivery/delivery.ts'
import { flushBeforeExit } from '../../delivery/on-exit.ts'
import { utf8Bytes } from '../../delivery/post.ts'
import { errorObject } from './error-object.ts'
import { type Plain, plain } from './plain.ts'
import { type ObserverOptions, readSettings } from './settings.ts'
import { hmacHex } from './sign.ts'

export type { ObserverOptions } from './settings.ts'

export type Severity = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

interface Details {
  readonly deal_id?: string | undefined
  readonly stage?: string | undefined
  readonly context?: Readonly<Record<string, unknown>> | undefined
  readonly trace_id?: string | undefined
  readonly request_id?: string | undefined
  /** What the application itself takes for the same problem; kept beside Sensorium's. */
  readonly fingerprint?: string | undefined
}

export interface ObserverEvent extends Details {
  /** Such as `deal.transition`, `service.error`, `workflow.step`. */
  readonly type: string
  /** Default: error where there is an `error`, else info. */
  readonly severity?: Severity | undefined
  /** Default: the error's message, else the type. */
  readonly message?: string | undefined
  /** Anything that was thrown. */
  readonly error?: unknown
}

const MAX_EVENTS = 1_000
const MAX_BYTES = 4 * 1024 * 1024
/** Of one event: larger ones lose their context and the error's causes, and say so. */
const MAX_EVENT_BYTES = 256 * 1024
const MAX_BATCH_EVENTS = 100
/** The server takes 1 MiB at once. */
const MAX_BATCH_BYTES = 512 * 1024
/** A request with keepalive may have 64 KiB in browsers; larger ones go without. */
const KEEPALIVE_BYTES = 60 * 1024
const FLUSH_INTERVAL_MS = 500
const REQUEST_TIMEOUT_MS = 10_000
const EXIT_FLUSH_MS = 5_000

let options: ObserverOptions = {}
let delivery: Delivery<string> | undefined
/** Events that never came to the queue: there is no place to send them, or they cannot be read. */
let unqueued = 0
let held: Promise<unknown> | undefined
const warn = limitedWarnings(message => (options.onWarning ?? console.warn)(`observer-events: ${message}`))

/** Sets what the environment does not say. Events that wait are sent with the new settings. */
export function configureObserver(changes: ObserverOptions): void {
  options = { ...options, ...changes }
}

/** Queues one event and returns at once; the promise is already resolved and never rejects. */
export function emitObserverEvent(event: ObserverEvent): Promise<void> {
  return quietly(() => event)
}

/** Even to look at what the application gave may throw: getters, proxies, arguments that are not there. */
async function quietly(read: () => ObserverEvent): Promise<void> {
  try {
    emit(read())
  } catch {
    unqueued += 1
    warn('event', `an event could not be read (${unqueued} lost so far)`)
  }
}

/** Something that was thrown, wherever it was. */
export function captureException(
  error: unknown,
  details: Details & { readonly type?: string; readonly severity?: Severity; readonly message?: string } = {},
): Promise<void> {
  return quietly(() => ({ type: 'exception', severity: 'error', ...details, error }))
}

/** A deal moved to another stage. */
export function emitDealTransition(
  transition: Omit<Details, 'stage'> & {
    readonly deal_id: string
    readonly from_stage: string
    readonly to_stage: string
  },
): Promise<void> {
  return quietly(() => {
    const { from_stage, to_stage, context, ...details } = transition
    return {
      ...details,
      type: 'deal.transition',
      severity: 'info',
      stage: to_stage,
      message: `deal moved from ${from_stage} to ${to_stage}`,
      context: { ...context, from_stage, to_stage },
    }
  })
}

/** A deal could not be processed. */
export function emitDealError(details: Details & { readonly deal_id: string; readonly error: unknown }): Promise<void> {
  return quietly(() => ({ ...details, type: 'deal.error', severity: 'error' }))
}

/** Another service failed us. */
export function emitServiceError(
  failure: Details & { readonly service: string; readonly error: unknown },
): Promise<void> {
  return quietly(() => {
    const { service, context, ...details } = failure
    return { ...details, type: 'service.error', severity: 'error', context: { ...context, service } }
  })
}

/** Sends what waits. True once all of it is stored or refused, false at the deadline. Never rejects. */
export async function flushObserver(timeoutMs = EXIT_FLUSH_MS): Promise<boolean> {
  return delivery === undefined || delivery.flush(timeoutMs)
}

/** Events that wait, are stored, and were given up: refused, past the limits, or without a place to go. */
export function observerStatus(): { readonly pending: number; readonly sent: number; readonly dropped: number } {
  const { pending = 0, sent = 0, dropped = 0 } = delivery ?? {}
  return { pending, sent, dropped: dropped + unqueued }
}

function emit(event: ObserverEvent): void {
  const settings = readSettings(options)
  if (settings.url === undefined || settings.secret === undefined) {
    unqueued += 1
    const missing = settings.url === undefined ? 'PULSE_BUDDY_INGEST_URL' : 'PULSE_BUDDY_INGEST_SECRET'
    warn('unconfigured', `${missing} is not set, so events go nowhere (${unqueued} so far)`)
    return
  }
  openDelivery().add(bodyOf(event, settings.env, settings.release))
  if (options.waitUntil !== undefined) holdFunction(options.waitUntil)
}

/** One flush at a time: in an outage each of them is a try at once, whatever pause the server asked for. */
function holdFunction(waitUntil: NonNullable<ObserverOptions['waitUntil']>): void {
  held ??= flushObserver().finally(() => {
    held = undefined
  })
  try {
    waitUntil(held)
  } catch {
    warn('waitUntil', 'waitUntil throws, so the platform may stop before events are sent')
  }
}

function openDelivery(): Delivery<string> {
  if (delivery !== undefined) return delivery
  delivery = createDelivery<string>({
    send,
    maxItems: MAX_EVENTS,
    maxBytes: MAX_BYTES,
    sizeOf: utf8Bytes,
    maxBatchItems: MAX_BATCH_EVENTS,
    maxBatchBytes: MAX_BATCH_BYTES,
    flushIntervalMs: FLUSH_INTERVAL_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onWarning: message => (options.onWarning ?? console.warn)(`observer-events: ${message}`),
  })
  flushBeforeExit(flushObserver, delivery)
  return delivery
}

/** Signs the very bytes that are sent, with the time of sending: an old request is of no use to whoever caught it. */
async function send(bodies: readonly string[], signal: AbortSignal) {
  const { url, secret } = readSettings(options)
  if (url === undefined || secret === undefined) return { retry: 'the address or the secret was taken away' }
  const body = bodies.length === 1 ? bodies[0]! : `[${bodies.join(',')}]`
  const timestamp = String(Math.floor(Date.now() / 1000))
  const headers = {
    'content-type': 'application/json',
    'x-pulse-timestamp': timestamp,
    'x-pulse-signature': await hmacHex(secret, `${timestamp}.${body}`),
  }
  return postInBackground(url, { headers, body, keepalive: utf8Bytes(body) < KEEPALIVE_BYTES }, signal)
}

function bodyOf(event: ObserverEvent, env: string, release: string | undefined): string {
  const error = event.error === undefined ? undefined : errorObject(event.error)
  const { context, type, severity, message, error: _, ...details } = event
  const body: Record<string, Plain | undefined> = {
    // Texts and numbers of the application, whatever they were declared to be.
    ...(plain(details) as Record<string, Plain>),
    env,
    severity: severity ?? (error === undefined ? 'info' : 'error'),
    type,
    message: String(plain(message ?? error?.message ?? type) || type),
    created_at: new Date().toISOString(),
    release,
    error,
    context: context === undefined ? undefined : plain(context),
  }
  const text = JSON.stringify(body)
  const bytes = utf8Bytes(text)
  if (bytes <= MAX_EVENT_BYTES) return text
  const { name = 'Error', message: what = '', stack = '' } = error ?? {}
  const slim = { name, message: what, stack }
  const note = { dropped: `the context and the causes: the event had ${bytes} bytes` }
  return JSON.stringify({ ...body, error: error === undefined ? undefined : slim, context: note })
}
