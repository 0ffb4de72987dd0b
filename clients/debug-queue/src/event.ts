import { activeSpanIds } from '../../delivery/open-telemetry.ts'

export type Priority = 'high' | 'low'

/** The seed's shape: what failed, in which transaction, and whatever else tells about it. */
export interface LogDetails {
  readonly service: string
  readonly errorCode: string
  readonly correlationId: string
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** As it goes to the webhook. */
export interface DebugEvent {
  readonly eventType: string
  readonly correlationId: string
  readonly details: Readonly<Record<string, string>> & { readonly service: string; readonly errorCode: string }
  readonly priority: Priority
  readonly timestamp: string
  readonly environment: string
  /** Of the active span, in hex; together or not at all. */
  readonly traceId?: string
  readonly spanId?: string
}

const MAX_DETAILS = 100
const MAX_TEXT_CHARS = 4_096
/** The receiver's limits on what it looks things up by. */
const MAX_ID_CHARS = 255

/** No receiver takes such a type. */
export class EventTypeError extends Error {}

/** Who says so: what an event does not say itself. */
export interface Sender {
  readonly service: string | undefined
  readonly environment: string
}

/** What the caller gave, as texts within limits. @throws EventTypeError, and whatever the caller's getters throw */
export function eventOf(eventType: string, given: LogDetails, priority: Priority, sender: Sender): DebugEvent {
  if (typeof eventType !== 'string' || !/^[A-Za-z][\w.-]{0,127}$/.test(eventType)) {
    const shown = String(JSON.stringify(eventType)).slice(0, MAX_ID_CHARS)
    throw new EventTypeError(`eventType ${shown}: use letters, digits, dots, dashes and underscores`)
  }
  const id = (value: unknown) => text(value).slice(0, MAX_ID_CHARS) || 'unknown'
  return {
    eventType,
    correlationId: text(given.correlationId).slice(0, MAX_ID_CHARS) || idOfItsOwn(),
    details: {
      ...textsOf(given.details ?? {}),
      service: id(given.service || sender.service),
      errorCode: id(given.errorCode),
    },
    priority,
    timestamp: new Date().toISOString(),
    environment: sender.environment,
    ...spanOf(),
  }
}

function spanOf(): { readonly traceId: string; readonly spanId: string } | undefined {
  const ids = activeSpanIds()
  return ids && { traceId: ids.traceId, spanId: ids.spanId }
}

/** Receivers demand an id, and one for all such events would make a single transaction of them. */
function idOfItsOwn(): string {
  return `unknown-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`
}

/** A getter may throw; the other details are still worth having. */
function textsOf(details: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const key of Object.keys(details).slice(0, MAX_DETAILS)) {
    try {
      texts[key.slice(0, MAX_ID_CHARS)] = text(details[key])
    } catch {
      texts[key.slice(0, MAX_ID_CHARS)] = '[unreadable]'
    }
  }
  return texts
}

function text(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT_CHARS)
  if (value === undefined || value === null) return ''
  if (value instanceof Error) return `${value.name}: ${value.message}`.slice(0, MAX_TEXT_CHARS)
  return (typeof value === 'object' ? jsonText(value) : String(value)).slice(0, MAX_TEXT_CHARS)
}

/** Values inside one detail that are written out: a large graph would hold the caller up. */
const MAX_INNER_VALUES = 500

function jsonText(value: object): string {
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  let left = MAX_INNER_VALUES
  return String(
    JSON.stringify(value, (_key, inner: unknown) => {
      left -= 1
      if (typeof inner === 'bigint') return String(inner)
      if (typeof inner === 'string') return inner.slice(0, MAX_TEXT_CHARS)
      if (typeof inner !== 'object' || inner === null) return inner
      if (left < 0) return '[too much]'
      return Array.isArray(inner) ? inner.slice(0, MAX_INNER_VALUES) : inner
    }),
  )
}
