import { createDelivery, type Delivery, limitedWarnings } from '../../delivery/delivery.ts'
import { flushBeforeExit } from '../../delivery/on-exit.ts'
import { post } from '../../delivery/post.ts'
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
let unconfigured = 0
const warn = limitedWarnings(message => (options.onWarning ?? console.warn)(`observer-events: ${message}`))

/** Sets what the environment does not say. Events that wait are sent with the new settings. */
export function configureObserver(changes: ObserverOptions): void {
  options = { ...options, ...changes }
}

/** Queues one event and returns at once; the promise is already resolved and never rejects. */
export async function emitObserverEvent(event: ObserverEvent): Promise<void> {
  try {
    emit(event)
  } catch (error) {
    warn('event', `an event could not be read: ${String(error)}`)
  }
}

/** Something that was thrown, wherever it was. */
export function captureException(
  error: unknown,
  details: Details & { readonly type?: string; readonly severity?: Severity; readonly message?: string } = {},
): Promise<void> {
  return emitObserverEvent({ type: 'exception', severity: 'error', ...details, error })
}

/** A deal moved to another stage. */
export function emitDealTransition({
  from_stage,
  to_stage,
  context,
  ...details
}: Omit<Details, 'stage'> & {
  readonly deal_id: string
  readonly from_stage: string
  readonly to_stage: string
}): Promise<void> {
  return emitObserverEvent({
    ...details,
    type: 'deal.transition',
    severity: 'info',
    stage: to_stage,
    message: `deal moved from ${from_stage} to ${to_stage}`,
    context: { ...context, from_stage, to_stage },
  })
}

/** A deal could not be processed. */
export function emitDealError(details: Details & { readonly deal_id: string; readonly error: unknown }): Promise<void> {
  return emitObserverEvent({ ...details, type: 'deal.error', severity: 'error' })
}

/** Another service failed us. */
export function emitServiceError({
  service,
  context,
  ...details
}: Details & { readonly service: string; readonly error: unknown }): Promise<void> {
  return emitObserverEvent({ ...details, type: 'service.error', severity: 'error', context: { ...context, service } })
}

/** Sends what waits. True once all of it is stored or refused, false at the deadline. Never rejects. */
export async function flushObserver(timeoutMs = EXIT_FLUSH_MS): Promise<boolean> {
  return delivery === undefined || delivery.flush(timeoutMs)
}

/** Events that wait, are stored, and were given up: refused, past the limits, or without a place to go. */
export function observerStatus(): { readonly pending: number; readonly sent: number; readonly dropped: number } {
  const { pending = 0, sent = 0, dropped = 0 } = delivery ?? {}
  return { pending, sent, dropped: dropped + unconfigured }
}

function emit(event: ObserverEvent): void {
  const settings = readSettings(options)
  if (settings.url === undefined || settings.secret === undefined) {
    unconfigured += 1
    const missing = settings.url === undefined ? 'PULSE_BUDDY_INGEST_URL' : 'PULSE_BUDDY_INGEST_SECRET'
    warn('unconfigured', `${missing} is not set, so events go nowhere (${unconfigured} so far)`)
    return
  }
  openDelivery().add(bodyOf(event, settings.env, settings.release))
  options.waitUntil?.(flushObserver())
}

function openDelivery(): Delivery<string> {
  if (delivery !== undefined) return delivery
  delivery = createDelivery<string>({
    send,
    maxItems: MAX_EVENTS,
    maxBytes: MAX_BYTES,
    sizeOf: body => body.length,
    maxBatchItems: MAX_BATCH_EVENTS,
    maxBatchBytes: MAX_BATCH_BYTES,
    flushIntervalMs: FLUSH_INTERVAL_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onWarning: message => (options.onWarning ?? console.warn)(`observer-events: ${message}`),
  })
  flushBeforeExit(flushObserver)
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
  return post(url, { headers, body, keepalive: body.length < KEEPALIVE_BYTES }, signal)
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
  if (text.length <= MAX_EVENT_BYTES) return text
  const { name = 'Error', message: what = '', stack = '' } = error ?? {}
  const slim = { name, message: what, stack }
  const note = { dropped: `the context and the causes: the event had ${text.length} characters` }
  return JSON.stringify({ ...body, error: error === undefined ? undefined : slim, context: note })
}
