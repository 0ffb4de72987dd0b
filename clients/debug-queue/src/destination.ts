import type { Target } from '../../delivery/otlp-http.ts'
import type { PostRequest } from '../../delivery/post.ts'
import type { DebugEvent } from './event.ts'

/** Where events go, and how they are written there. */
export interface Destination {
  readonly url: string
  request(events: readonly DebugEvent[]): PostRequest
}

const JSON_HEADERS = { 'content-type': 'application/json' }

/** Sensorium's own `POST /webhook/event`. */
export function webhook(url: string, token: string | undefined): Destination {
  return {
    url,
    request: events => ({
      headers: token === undefined ? JSON_HEADERS : { ...JSON_HEADERS, authorization: `Bearer ${token}` },
      body: JSON.stringify(events),
    }),
  }
}

const nanosOf = ({ timestamp }: DebugEvent) => `${Date.parse(timestamp)}000000`

interface Stream {
  readonly stream: Readonly<Record<string, string>>
  /** Nanoseconds since 1970, and the line. */
  readonly values: [string, string][]
}

/** Loki's push API: one stream for each service, type and priority; the event is the line. */
export function loki(base: string, token: string | undefined): Destination {
  return {
    url: `${base.replace(/\/+$/, '')}/loki/api/v1/push`,
    request: events => {
      const streams = new Map<string, Stream>()
      for (const event of events) {
        const stream = { service_name: event.details.service, event_type: event.eventType, priority: event.priority }
        const key = JSON.stringify(stream)
        const known: Stream = streams.get(key) ?? { stream, values: [] }
        known.values.push([nanosOf(event), JSON.stringify(event)])
        streams.set(key, known)
      }
      return {
        headers: token === undefined ? JSON_HEADERS : { ...JSON_HEADERS, authorization: `Bearer ${token}` },
        body: JSON.stringify({ streams: [...streams.values()] }),
      }
    },
  }
}

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } })

/** OTLP/HTTP in JSON, as the very log record that Sensorium's webhook makes of an event. */
export function otlp({ url, headers }: Target): Destination {
  return {
    url,
    request: events => ({
      headers,
      body: JSON.stringify({ resourceLogs: events.map(resourceLogs) }),
    }),
  }
}

function resourceLogs(event: DebugEvent) {
  const { service, errorCode, ...details } = event.details
  const resource = [attribute('service.name', service)]
  if (event.environment !== undefined) resource.push(attribute('deployment.environment.name', event.environment))
  const isHigh = event.priority === 'high'
  const logRecord = {
    timeUnixNano: nanosOf(event),
    observedTimeUnixNano: nanosOf(event),
    severityNumber: isHigh ? 17 : 13,
    severityText: isHigh ? 'ERROR' : 'WARN',
    eventName: `debug.${event.eventType}`,
    ...(event.traceId === undefined ? {} : { traceId: event.traceId, spanId: event.spanId }),
    body: { stringValue: `${event.eventType}: ${errorCode}` },
    attributes: [
      attribute('debug.event_type', event.eventType),
      attribute('debug.correlation_id', event.correlationId),
      attribute('debug.priority', event.priority),
      attribute('debug.error_code', errorCode),
      attribute('request_id', event.correlationId),
      ...Object.entries(details).map(([key, value]) => attribute(`debug.details.${key}`, value)),
    ],
  }
  return {
    resource: { attributes: resource },
    scopeLogs: [{ scope: { name: '@sensorium/debug-queue' }, logRecords: [logRecord] }],
  }
}
