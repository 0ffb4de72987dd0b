import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { bearerGuard, tokenSetting } from '../../pipeline/edge/access.ts'
import { readEdgeItems, readEdgeJson } from '../../pipeline/edge/body.ts'
import { batchId, handOn } from '../../pipeline/edge/hand-on.ts'
import { edgeLimits } from '../../pipeline/edge/limits.ts'
import {
  attributeOf,
  edgeRecord,
  edgeResource,
  edgeScope,
  hexOrEmpty,
  type Json,
  nowUnixNano,
  presentAttributes,
  SEVERITIES,
  unixNanoOf,
} from '../../pipeline/edge/record.ts'
import { addEdgeRoute } from '../../pipeline/edge/route.ts'
import { edgeTime } from '../../pipeline/edge/time.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'

const MAX_ID_CHARS = 512

/** Of the span in which it happened; any other text would join nothing, and none is no fault of the event. */
function hexId(digits: number) {
  return z
    .string()
    .max(MAX_ID_CHARS)
    .optional()
    .transform(id => hexOrEmpty(id, digits))
}

/** One event of the debug queue. Keys that are not named here are kept as attributes. */
const debugEvent = z.looseObject({
  eventType: z
    .string()
    .regex(/^[A-Za-z][\w.-]{0,127}$/, 'letters, digits, dots, dashes and underscores, such as SESSION_DROP'),
  correlationId: z.string().min(1).max(MAX_ID_CHARS),
  details: z
    .looseObject({ service: z.string().min(1).max(255), errorCode: z.string().min(1).max(255) })
    .describe('service, errorCode and whatever else tells what happened'),
  priority: z.enum(['high', 'low']).default('low'),
  timestamp: edgeTime.optional(),
  environment: z.string().max(64).optional(),
  traceId: hexId(32),
  spanId: hexId(16),
})
type DebugEvent = z.output<typeof debugEvent>

const NAMED = new Set(Object.keys(debugEvent.shape))
const SCOPE = edgeScope('sensorium.debug_queue')

export const debugQueue = define({
  kind: 'receiver',
  type: 'debug_queue',
  summary:
    'Takes tagged debug events: POST /webhook/event on the HTTP port of the application, answered once they are stored.',
  signals: ['logs'],
  config: z.strictObject({
    tokens: tokenSetting,
    max_events: z.int().min(1).max(100_000).default(1_000).describe('Most events in one array.'),
    ...edgeLimits(1_048_576),
  }),
  examples: [{}, { tokens: ['the-new-token', 'the-old-token'], max_events: 100 }],
  create(settings, next, context) {
    const stopping = new AbortController()
    const guard = bearerGuard(settings.tokens, context.isHttpLocal)
    addEdgeRoute(context, {
      path: '/webhook/event',
      limits: settings,
      admit: c => ({ token: guard(c.req.header('authorization')) }),
      take: async (c, body) => {
        const now = nowUnixNano()
        const events = readEdgeItems(debugEvent, readEdgeJson(c, body), settings.max_events)
        const items = events.map(event => recordOf(event, now))
        return handOn(context, next, stopping.signal, {
          id: batchId('debug_queue', body),
          signal: 'logs',
          items,
          bytes: body.length,
        })
      },
    })
    return {
      shutdown: async deadline => {
        deadline.addEventListener('abort', () => stopping.abort(), { once: true })
      },
    }
  },
})

/** A log record named `debug.TYPE`; the correlation id is also the request id, by which a request is traced. */
function recordOf(event: DebugEvent, receivedUnixNano: bigint): LogRecord {
  const { eventType, correlationId, priority, timestamp } = event
  const { service, errorCode, ...details } = event.details
  const attributes = presentAttributes({
    'debug.event_type': eventType,
    'debug.correlation_id': correlationId,
    'debug.priority': priority,
    'debug.error_code': errorCode,
    request_id: correlationId,
  })
  for (const [key, value] of Object.entries(details)) attributes.set(`debug.details.${key}`, attributeOf(value as Json))
  for (const [key, value] of Object.entries(event)) {
    if (!NAMED.has(key)) attributes.set(`debug.${key}`, attributeOf(value as Json)) // it came as JSON
  }
  return edgeRecord({
    resource: edgeResource({ 'service.name': service, 'deployment.environment.name': event.environment }),
    scope: SCOPE,
    timeUnixNano: timestamp === undefined ? receivedUnixNano : unixNanoOf(timestamp),
    observedTimeUnixNano: receivedUnixNano,
    ...(priority === 'high' ? SEVERITIES.error : SEVERITIES.warn),
    traceId: event.traceId,
    spanId: event.traceId === '' ? '' : event.spanId,
    body: `${eventType}: ${errorCode}`,
    attributes,
    eventName: `debug.${eventType}`,
  })
}
