import { z } from 'zod'
import type { Attributes, AttributeValue, LogRecord, Resource, Scope } from '../../pipeline/model/index.ts'

const SEVERITIES = { debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const
const MAX_ID_CHARS = 512
/** Deeper JSON than people write by hand; the OTLP receiver's limit. */
const MAX_DEPTH = 32

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
  created_at: z.iso.datetime({ offset: true }).optional(),
  deal_id: id,
  stage: id,
  fingerprint: id,
  context: z.record(z.string(), z.json()).nullish(),
  error: z.union([z.string(), z.record(z.string(), z.json())]).nullish(),
  trace_id: id,
  request_id: id,
  release: id,
})
export type ObserverEvent = z.output<typeof observerEvent>

const NAMED = new Set(Object.keys(observerEvent.shape))
const SCOPE: Scope = {
  name: 'sensorium.observer',
  version: '',
  attributes: new Map(),
  droppedAttributesCount: 0,
  schemaUrl: '',
}

/** The event as an OTLP log record: `event_name` is `observer.TYPE`, an error becomes `exception.*`. */
export function recordOf(event: ObserverEvent, product: string, receivedUnixNano: bigint): LogRecord {
  const attributes = new Map<string, AttributeValue>([['observer.type', event.type]])
  const put = (key: string, value: string | null | undefined) => {
    if (value !== undefined && value !== null && value !== '') attributes.set(key, value)
  }
  put('deal_id', event.deal_id)
  put('stage', event.stage)
  put('request_id', event.request_id)
  put('observer.fingerprint', event.fingerprint)
  if (event.context) attributes.set('context', attributeOf(event.context, 0))
  putError(attributes, event.error)
  for (const [key, value] of Object.entries(event)) {
    if (!NAMED.has(key)) attributes.set(`observer.${key}`, attributeOf(value as Json, 0))
  }
  const traceId = /^[0-9a-f]{32}$/i.test(event.trace_id ?? '') ? event.trace_id!.toLowerCase() : ''
  if (traceId === '') put('observer.trace_id', event.trace_id)
  return {
    resource: resourceOf(event, product),
    scope: SCOPE,
    timeUnixNano: event.created_at === undefined ? receivedUnixNano : BigInt(Date.parse(event.created_at)) * 1_000_000n,
    observedTimeUnixNano: receivedUnixNano,
    severityNumber: SEVERITIES[event.severity],
    severityText: event.severity.toUpperCase(),
    body: event.message,
    attributes,
    droppedAttributesCount: 0,
    flags: 0,
    traceId,
    spanId: '',
    eventName: `observer.${event.type}`,
  }
}

function resourceOf(event: ObserverEvent, product: string): Resource {
  const attributes = new Map<string, AttributeValue>([
    ['service.name', product],
    ['deployment.environment.name', event.env],
  ])
  if (event.release) attributes.set('service.version', event.release)
  return { attributes, droppedAttributesCount: 0, schemaUrl: '', entityRefs: [] }
}

/** Error objects as JavaScript serialises them; causes stay in `error` beside what OTLP has names for. */
function putError(attributes: Map<string, AttributeValue>, error: ObserverEvent['error']): void {
  if (error === undefined || error === null) return
  if (typeof error === 'string') {
    attributes.set('exception.message', error)
    return
  }
  const text = (key: string) => (typeof error[key] === 'string' ? (error[key] as string) : undefined)
  const type = text('name') ?? text('type') ?? text('code')
  if (type !== undefined) attributes.set('exception.type', type)
  if (text('message') !== undefined) attributes.set('exception.message', text('message')!)
  if (text('stack') !== undefined) attributes.set('exception.stacktrace', text('stack')!)
  const known = new Set(['name', 'message', 'stack'])
  const rest = Object.fromEntries(Object.entries(error).filter(([key]) => !known.has(key)))
  if (Object.keys(rest).length > 0) attributes.set('error', attributeOf(rest, 0))
}

type Json = z.output<ReturnType<typeof z.json>>

/** JSON as attribute values: whole numbers that a double holds exactly are integers. Too deep a part is its JSON text. */
function attributeOf(json: Json, depth: number): AttributeValue {
  if (depth >= MAX_DEPTH) return JSON.stringify(json)
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json
  if (Array.isArray(json)) return json.map(item => attributeOf(item, depth + 1))
  if (typeof json !== 'object' || json === null) return json
  const map: Attributes = new Map(Object.entries(json).map(([key, value]) => [key, attributeOf(value, depth + 1)]))
  return map
}
