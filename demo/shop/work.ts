import {
  type Attributes,
  type Context,
  SeverityNumber,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { MILLISECOND, type Nanos, type Timeline } from '../clock.ts'
import type { Random } from '../random.ts'
import type { ServiceTelemetry } from '../telemetry/provider.ts'
import { failureAttributes, isRecorded, type Level, stackOf, statusOf } from './failure.ts'
import type { Release, ServiceName, TroubleKind } from './release.ts'

/** One running process of a service. A deploy replaces it. */
export interface ServiceInstance {
  readonly service: ServiceName
  readonly release: Release
  readonly host: string
  readonly telemetry: ServiceTelemetry
  /** How busy it was since its metrics were last collected. */
  readonly load: { requests: number; databaseNs: Nanos }
}

/** What the services see of the world around them. */
export interface Shop {
  readonly timeline: Timeline
  /** The instance that takes new work; where there are several, the same one for all of a request. */
  instance(service: ServiceName, requestId: string): ServiceInstance
  /** The value of a trouble that is on at that time. */
  trouble(kind: TroubleKind, at: Nanos): string | undefined
  /** True while all connections to the service's database are taken. */
  isPoolDry(service: ServiceName, at: Nanos): boolean
  /** Applies a measurement when simulated time has come to it: requests overlap, though they are simulated in turn. */
  measure(at: Nanos, apply: () => void): void
  /** Messages that wait in a queue; `by` is 1 or -1. */
  queueDepth(queue: string, by: number): void
  /** Called once for each error, where it is first recorded. */
  onFailure(error: Error, work: Work): void
}

/** What one customer does, through all services. Simulated by one flow, so its time is a plain variable. */
export interface Request {
  readonly id: string
  readonly random: Random
  /** Ids that every span and log record of the request carries from the moment they are known. */
  readonly entities: Record<string, string>
  now: Nanos
  /** Consumers of the messages that were sent; they run when the request itself is answered. */
  readonly consumers: (() => Promise<void>)[]
}

/** A span's worth of work inside one service. */
export interface Work {
  readonly shop: Shop
  readonly instance: ServiceInstance
  readonly request: Request
  readonly span: Span
  /** With the span in it: the parent of what is started from here. */
  readonly context: Context
}

/** Lets simulated time pass. */
export function spend(work: Work, milliseconds: number): void {
  work.request.now += Math.round(milliseconds * MILLISECOND)
}

/** Time spent computing; `medianMs` with the width that computing usually has. */
export function compute(work: Work, medianMs: number): void {
  spend(work, work.request.random.lognormal(medianMs, 0.35))
}

/** Does two things at once: both begin now, and it is as late as the later one when they are done. */
export async function together<A, B>(work: Work, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const { request } = work
  const startedAt = request.now
  const a = await first()
  const firstDone = request.now
  request.now = startedAt
  const b = await second()
  request.now = Math.max(request.now, firstDone)
  return [a, b]
}

/** Repeats what failed for a passing reason: the connection, not the order. */
export async function retrying<T>(work: Work, what: string, attempts: number, part: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await part()
    } catch (error) {
      if (!(error instanceof Error) || attempt === attempts || statusOf(error) < 502) throw error
      const delayMs = Math.round(60 * 2 ** attempt * work.request.random.between(0.8, 1.2))
      const body = `${what} failed, attempt ${attempt} of ${attempts}, retrying in ${delayMs} ms`
      logFailure(work, 'warn', body, error)
      spend(work, delayMs)
    }
  }
}

/** Counts something of the shop's own, when simulated time has come to it. */
export function count(work: Work, name: string, unit: string, attributes: Attributes): void {
  const { shop, instance, request } = work
  shop.measure(request.now, () => instance.telemetry.instruments.count(name, unit, attributes))
}

export function startWork(
  parent: { readonly shop: Shop; readonly request: Request; readonly context: Context },
  instance: ServiceInstance,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  links: readonly SpanContext[] = [],
): Work {
  const { shop, request, context } = parent
  const options = {
    kind,
    startTime: shop.timeline.hrTime(request.now),
    attributes: { ...request.entities, ...attributes },
    links: links.map(linked => ({ context: linked })),
  }
  const span = instance.telemetry.tracer.startSpan(name, options, context)
  return { shop, instance, request, span, context: trace.setSpan(context, span) }
}

export function endWork(work: Work): void {
  work.span.end(work.shop.timeline.hrTime(work.request.now))
}

/** Does part of the work in a span of its own. An error is recorded there, and goes on to the caller. */
export async function inside<T>(
  work: Work,
  name: string,
  attributes: Attributes,
  part: (work: Work) => Promise<T> | T,
  kind: SpanKind = SpanKind.INTERNAL,
): Promise<T> {
  const child = startWork(work, work.instance, name, kind, attributes)
  try {
    return await part(child)
  } catch (error) {
    if (error instanceof Error) recordFailure(child, error)
    throw error
  } finally {
    endWork(child)
  }
}

/** Marks the span as failed. The exception itself is written once per service, on the innermost span that saw it. */
export function recordFailure(work: Work, error: Error): void {
  work.span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
  work.span.setAttribute('error.type', error.name)
  noteException(work, error)
}

/** Like `recordFailure`, but the span's status stays: the conventions do not call a 4xx answer a server's error. */
export function noteException(work: Work, error: Error): void {
  if (isRecorded(error)) return
  const { name, message } = error
  work.span.recordException({ name, message, stack: stackOf(error) }, work.shop.timeline.hrTime(work.request.now))
  work.shop.onFailure(error, work)
}

const SEVERITIES = {
  debug: { severityNumber: SeverityNumber.DEBUG, severityText: 'DEBUG' },
  info: { severityNumber: SeverityNumber.INFO, severityText: 'INFO' },
  warn: { severityNumber: SeverityNumber.WARN, severityText: 'WARN' },
  error: { severityNumber: SeverityNumber.ERROR, severityText: 'ERROR' },
} as const satisfies Record<Level, object>

/** Writes a log line with the trace it belongs to, the request's ids, and the line's variable parts as attributes. */
export function log(work: Work, level: Level, body: string, attributes: Attributes = {}): void {
  const timestamp = work.shop.timeline.hrTime(work.request.now)
  work.instance.telemetry.logger.emit({
    ...SEVERITIES[level],
    timestamp,
    observedTimestamp: timestamp,
    body,
    attributes: { ...work.request.entities, ...attributes },
    context: work.context,
  })
}

/** A log line about an error, with the stack. */
export function logFailure(work: Work, level: Level, body: string, error: Error): void {
  log(work, level, `${body}: ${error.message}`, failureAttributes(error))
}
