import { type Span, SpanStatusCode } from '@opentelemetry/api'

/**
 * Marks a span as failed by what was thrown. Not the SDK's `recordException`: that takes an error's `code` for its type,
 * and the same failure would be of another type here than in the logs.
 */
export function recordFailure(span: Span, thrown: unknown): void {
  const type = typeOf(thrown)
  const message = messageOf(thrown)
  const stack = thrown instanceof Error ? thrown.stack : undefined
  span.addEvent('exception', {
    'exception.type': type,
    'exception.message': message,
    ...(stack === undefined ? {} : { 'exception.stacktrace': stack }),
  })
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
}

export function typeOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown
}

/** Anything can be thrown, also what has no text: the application's exception must not become another one here. */
function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return `a thrown ${typeof thrown}`
  }
}
