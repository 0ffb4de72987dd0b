import { type Span, trace } from '@opentelemetry/api'
import { recordFailure } from './exceptions.ts'
import { SCOPE } from './scope.ts'

/**
 * Runs `work` in a span of its own, a child of the active one, and returns what it returns. The span ends when `work`
 * returns or its promise settles; what it throws is recorded and thrown on. Without `startTelemetry` only `work` runs.
 */
export function withSpan<T>(name: string, work: (span: Span) => T): T {
  return trace.getTracer(SCOPE).startActiveSpan(name, span => {
    try {
      const result = work(span)
      if (!isPromise(result)) {
        span.end()
        return result
      }
      // The same promise in type: `then` keeps the value.
      return result.then(
        value => {
          span.end()
          return value
        },
        (error: unknown) => {
          recordFailure(span, error)
          span.end()
          throw error
        },
      ) as T
    } catch (error) {
      recordFailure(span, error)
      span.end()
      throw error
    }
  })
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise
}
