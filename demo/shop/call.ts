import { type Attributes, type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { MILLISECOND, SECOND } from '../clock.ts'
import { levelOf, statusOf, UpstreamError } from './failure.ts'
import { type Endpoint, type Protocol, protocolOf } from './protocol.ts'
import {
  compute,
  endWork,
  log,
  logFailure,
  noteException,
  type Request,
  recordFailure,
  type Shop,
  spend,
  startWork,
  type Work,
} from './work.ts'

/** What comes back over the wire. */
interface Reply<O> {
  readonly status: number
  readonly body?: O
}

const BACKOFF_MS = 80
/** A 500 is an error in the other side's code: asking again gives the same. */
const TRANSIENT: ReadonlySet<number> = new Set([502, 503, 504])

/**
 * Calls another service: a client span here, a server span there, the network between them.
 *
 * @param attempts more than one for operations that are safe to repeat; a passing failure is then tried again.
 * @throws UpstreamError when the other side fails.
 */
export async function call<I, O>(work: Work, endpoint: Endpoint<I, O>, input: I, attempts = 1): Promise<O> {
  const protocol = protocolOf(endpoint)
  for (let attempt = 1; ; attempt++) {
    const reply = await exchange(work, endpoint, protocol, input, attempt)
    if (reply.body !== undefined) return reply.body
    const status = protocol.statusText(reply.status)
    if (!TRANSIENT.has(reply.status) || attempt === attempts) {
      throw new UpstreamError(endpoint.service, protocol.operation, reply.status, status)
    }
    const delayMs = Math.round(BACKOFF_MS * 2 ** (attempt - 1) * work.request.random.between(0.8, 1.2))
    log(
      work,
      'warn',
      `${endpoint.service} answered ${status}, attempt ${attempt} of ${attempts}, retrying in ${delayMs} ms`,
      {
        'server.service.name': endpoint.service,
        'retry.attempt': attempt,
        'retry.delay_ms': delayMs,
      },
    )
    spend(work, delayMs)
  }
}

async function exchange<I, O>(
  work: Work,
  endpoint: Endpoint<I, O>,
  protocol: Protocol<I>,
  input: I,
  attempt: number,
): Promise<Reply<O>> {
  const { instance, request, shop } = work
  const startedAt = request.now
  const client = startWork(
    work,
    instance,
    protocol.clientName,
    SpanKind.CLIENT,
    protocol.clientAttributes(input, attempt),
  )
  spend(client, request.random.lognormal(0.5, 0.4))
  const remote = { ...client.span.spanContext(), isRemote: true }
  const reply = await onFreshStack(() =>
    serve(shop, request, endpoint, input, trace.setSpanContext(ROOT_CONTEXT, remote)),
  )
  spend(client, request.random.lognormal(0.4, 0.4))

  const outcome = outcomeOf(protocol, reply.status, 400)
  client.span.setAttributes(outcome)
  if ('error.type' in outcome) client.span.setStatus({ code: SpanStatusCode.ERROR })
  endWork(client)
  const seconds = (request.now - startedAt) / SECOND
  const labels = { ...protocol.clientLabels, ...outcome }
  shop.measure(request.now, () => protocol.clientDuration(instance.telemetry.instruments).record(seconds, labels))
  return reply
}

/** How long a customer waits before leaving; `Infinity` for callers that are services. */
const SERVICES_WAIT = Number.POSITIVE_INFINITY

/** The called side. Never rejects: what the handler throws becomes a status, as it would over the wire. */
export async function serve<I, O>(
  shop: Shop,
  request: Request,
  endpoint: Endpoint<I, O>,
  input: I,
  context: Context,
  patienceMs = SERVICES_WAIT,
): Promise<Reply<O>> {
  const instance = shop.instance(endpoint.service, request.id)
  const protocol = protocolOf(endpoint)
  const startedAt = request.now
  const { instruments } = instance.telemetry
  instance.load.requests++
  const work = startWork(
    { shop, request, context },
    instance,
    protocol.serverName,
    SpanKind.SERVER,
    protocol.serverAttributes(input),
  )
  shop.measure(startedAt, () => protocol.active(instruments)?.add(1, protocol.activeLabels))

  const reply = await handle(work, endpoint, protocol, input)
  const patience = startedAt + Math.round(patienceMs * MILLISECOND)
  const left = reply.status < 400 && request.now > patience
  const answeredAt = request.now
  if (left) request.now = patience
  const status = left ? CLIENT_CLOSED_REQUEST : reply.status

  const ms = (request.now - startedAt) / MILLISECOND
  const outcome = outcomeOf(protocol, status, 500)
  work.span.setAttributes(outcome)
  if (left) log(work, 'info', `client closed the connection after ${ms.toFixed(0)} ms`, { duration_ms: ms })
  log(work, 'info', `${protocol.operation} ${protocol.statusText(status)} in ${ms.toFixed(1)} ms`, {
    ...protocol.statusAttributes(status),
    duration_ms: ms,
  })
  endWork(work)
  const endedAt = request.now
  shop.measure(endedAt, () => {
    protocol.active(instruments)?.add(-1, protocol.activeLabels)
    protocol.serverDuration(instruments).record(ms / 1000, { ...protocol.serverLabels, ...outcome })
  })
  request.now = answeredAt
  return left ? { status } : reply
}

/** Status, and `error.type` from the status on that the conventions call an error of this side: 400 of a client, 500 of a server. */
function outcomeOf<I>(protocol: Protocol<I>, status: number, errorFrom: number): Attributes {
  const error = status >= errorFrom ? { 'error.type': protocol.statusText(status) } : {}
  return { ...protocol.statusAttributes(status), ...error }
}

/** nginx's number for a client that has gone; no standard has one. */
const CLIENT_CLOSED_REQUEST = 499

async function handle<I, O>(work: Work, endpoint: Endpoint<I, O>, protocol: Protocol<I>, input: I): Promise<Reply<O>> {
  compute(work, 0.6)
  try {
    return { status: 200, body: await endpoint.handle(work, input) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const status = statusOf(error)
    if (status >= 500) recordFailure(work, error)
    else noteException(work, error)
    logFailure(work, levelOf(error), `${protocol.operation} failed`, error)
    return { status }
  }
}

/**
 * Runs a service's handler as its own process would: nothing of the caller is on the stack. Waiting for the handler's
 * promise would put the caller there again, as V8's async frames; a plain callback does not.
 */
export function onFreshStack<T>(handler: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      handler().then(
        value => {
          resolve(value)
        },
        (error: unknown) => {
          reject(error)
        },
      )
    })
  })
}
