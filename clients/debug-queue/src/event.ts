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
  readonly environment?: string | undefined
}

const MAX_DETAILS = 100
const MAX_TEXT_CHARS = 4_096
/** The receiver's limits on what it looks things up by. */
const MAX_ID_CHARS = 255

/** What the caller gave, as texts within limits. @throws for a type that no receiver takes */
export function eventOf(eventType: string, given: LogDetails, priority: Priority, environment?: string): DebugEvent {
  if (!/^[A-Za-z][\w.-]{0,127}$/.test(eventType)) {
    throw new Error(`eventType ${JSON.stringify(eventType)}: use letters, digits, dots, dashes and underscores`)
  }
  const id = (value: unknown) => text(value).slice(0, MAX_ID_CHARS) || 'unknown'
  const more = Object.entries(given.details ?? {}).slice(0, MAX_DETAILS)
  return {
    eventType,
    correlationId: id(given.correlationId),
    details: {
      ...Object.fromEntries(more.map(([key, value]) => [key, text(value)])),
      service: id(given.service),
      errorCode: id(given.errorCode),
    },
    priority,
    timestamp: new Date().toISOString(),
    environment,
  }
}

function text(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT_CHARS)
  if (value === undefined || value === null) return ''
  if (value instanceof Error) return `${value.name}: ${value.message}`.slice(0, MAX_TEXT_CHARS)
  try {
    return (typeof value === 'object' ? JSON.stringify(value) : String(value)).slice(0, MAX_TEXT_CHARS)
  } catch {
    return '[unreadable]'
  }
}
