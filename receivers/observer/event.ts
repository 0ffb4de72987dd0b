import { z } from 'zod'
import {
  attributeOf,
  edgeRecord,
  edgeResource,
  edgeScope,
  type Json,
  presentAttributes,
  SEVERITIES,
  unixNanoOf,
} from '../../pipeline/edge/record.ts'
import { edgeTime } from '../../pipeline/edge/time.ts'
import type { AttributeValue, LogRecord } from '../../pipeline/model/index.ts'

const MAX_ID_CHARS = 512

const id = z.string().max(MAX_ID_CHARS).nullish()

/** One event as applications send it. Keys that are not named here are kept as attributes. */
export const observerEvent = z.looseObject({
  env: z.string().min(1).max(64),
  severity: z.enum(['debug', 'info', 'warn', 'error', 'fatal']),
  type: z
    .string()
    .regex(/^[A-Za-z][\w.-]{0,127}$/, 'letters, digits, dots, dashes and underscores, such as deal.transition'),
  message: z.string().min(1),
  product: z.string().optional(),
  created_at: edgeTime.optional(),
  deal_id: id,
  stage: id,
  fingerprint: id,
  context: z.record(z.string(), z.json()).nullish(),
  error: z.union([z.string(), z.record(z.string(), z.json())], 'send a text or an object').nullish(),
  trace_id: id,
  request_id: id,
  release: id,
})
export type ObserverEvent = z.output<typeof observerEvent>

const NAMED = new Set(Object.keys(observerEvent.shape))
const SCOPE = edgeScope('sensorium.observer')

/** The event as an OTLP log record: `event_name` is `observer.TYPE`, an error becomes `exception.*`. */
export function recordOf(event: ObserverEvent, product: string, receivedUnixNano: bigint): LogRecord {
  const traceId = /^[0-9a-f]{32}$/i.test(event.trace_id ?? '') ? event.trace_id!.toLowerCase() : ''
  const attributes = presentAttributes({
    'observer.type': event.type,
    deal_id: event.deal_id ?? undefined,
    stage: event.stage ?? undefined,
    request_id: event.request_id ?? undefined,
    'observer.fingerprint': event.fingerprint ?? undefined,
    'observer.trace_id': traceId === '' ? (event.trace_id ?? undefined) : undefined,
    context: event.context ? attributeOf(event.context) : undefined,
  })
  putError(attributes, event.error)
  for (const [key, value] of Object.entries(event)) {
    if (!NAMED.has(key)) attributes.set(`observer.${key}`, attributeOf(value as Json))
  }
  return edgeRecord({
    resource: edgeResource({
      'service.name': product,
      'deployment.environment.name': event.env,
      'service.version': event.release,
    }),
    scope: SCOPE,
    timeUnixNano: event.created_at === undefined ? receivedUnixNano : unixNanoOf(event.created_at),
    observedTimeUnixNano: receivedUnixNano,
    ...SEVERITIES[event.severity],
    body: event.message,
    attributes,
    traceId,
    eventName: `observer.${event.type}`,
  })
}

/** Error objects as JavaScript serialises them; causes stay in `error` beside what OTLP has names for. */
function putError(attributes: Map<string, AttributeValue>, error: ObserverEvent['error']): void {
  if (error === undefined || error === null) return
  if (typeof error === 'string') {
    attributes.set('exception.message', error)
    return
  }
  const text = (key: string) => (typeof error[key] === 'string' ? error[key] : undefined)
  const type = text('name') ?? text('type') ?? text('code')
  if (type !== undefined) attributes.set('exception.type', type)
  if (text('message') !== undefined) attributes.set('exception.message', text('message')!)
  if (text('stack') !== undefined) attributes.set('exception.stacktrace', text('stack')!)
  const known = new Set(['name', 'message', 'stack'])
  const rest = Object.fromEntries(Object.entries(error).filter(([key]) => !known.has(key)))
  if (Object.keys(rest).length > 0) attributes.set('error', attributeOf(rest))
}
