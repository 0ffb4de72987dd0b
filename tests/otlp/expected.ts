import type { Signal } from '../../pipeline/model/index.ts'
import { pointsOf } from './expected-points.ts'
import { anyValueOf, attributesOf, type Found, idOf, list, type Message, optional } from './expected-values.ts'
import { requestType } from './requests.ts'

/**
 * What `body` means, as records of our model, by protobufjs' reading of it and the specification's tables: the second
 * opinion on our decoder. Only for requests whose records are all sound.
 */
export function expectedRecords(signal: Signal, body: Buffer): unknown[] {
  const type = requestType(signal)
  const request: Message = type.toObject(type.decode(body), { longs: BigInt, defaults: true, oneofs: true })
  switch (signal) {
    case 'traces':
      return found(request, 'resourceSpans', 'scopeSpans', 'spans').map(spanOf)
    case 'logs':
      return found(request, 'resourceLogs', 'scopeLogs', 'logRecords').map(logRecordOf)
    case 'metrics':
      return found(request, 'resourceMetrics', 'scopeMetrics', 'metrics').flatMap(pointsOf)
  }
}

function found(request: Message, groups: string, scopes: string, entries: string): Found[] {
  return list(request[groups]).flatMap(group =>
    list(group[scopes]).flatMap(inner => {
      const resource = resourceOf(optional(group.resource), group.schemaUrl)
      const scope = scopeOf(optional(inner.scope), inner.schemaUrl)
      return list(inner[entries]).map(message => ({ resource, scope, message }))
    }),
  )
}

function resourceOf(message: Message, schemaUrl: unknown): unknown {
  return {
    attributes: attributesOf(message.attributes),
    droppedAttributesCount: message.droppedAttributesCount ?? 0,
    schemaUrl,
    entityRefs: message.entityRefs ?? [],
  }
}

function scopeOf(message: Message, schemaUrl: unknown): unknown {
  return {
    name: message.name ?? '',
    version: message.version ?? '',
    attributes: attributesOf(message.attributes),
    droppedAttributesCount: message.droppedAttributesCount ?? 0,
    schemaUrl,
  }
}

function spanOf({ resource, scope, message }: Found): unknown {
  const { status, events, links, attributes, traceId, spanId, parentSpanId, ...same } = message
  return {
    ...same,
    resource,
    scope,
    traceId: idOf(traceId),
    spanId: idOf(spanId),
    parentSpanId: idOf(parentSpanId),
    attributes: attributesOf(attributes),
    events: list(events).map(event => ({ ...event, attributes: attributesOf(event.attributes) })),
    links: list(links).map(link => ({
      ...link,
      traceId: idOf(link.traceId),
      spanId: idOf(link.spanId),
      attributes: attributesOf(link.attributes),
    })),
    statusCode: optional(status).code ?? 0,
    statusMessage: optional(status).message ?? '',
  }
}

function logRecordOf({ resource, scope, message }: Found): unknown {
  return {
    ...message,
    resource,
    scope,
    traceId: idOf(message.traceId),
    spanId: idOf(message.spanId),
    attributes: attributesOf(message.attributes),
    body: anyValueOf(message.body),
  }
}
