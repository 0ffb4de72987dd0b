import { stdSerializers } from 'pino'

/**
 * pino's serialiser that keeps the causes apart, so that an error has the same message and stack wherever it is
 * reported. Anything but an error is left as it is.
 */
export function serialiseError(thrown: unknown): unknown {
  try {
    const fields: unknown = stdSerializers.errWithCause(thrown as Error) // it returns what is no error as it is
    if (fields === thrown || typeof fields !== 'object' || fields === null) return thrown
    addPlainCause(fields, thrown as Error) // as its message says
    return fields
  } catch {
    // pino marks what it has seen, which a frozen error does not allow.
    const { name, message, stack } = thrown as Error // nothing else is marked
    return { type: name, message, stack }
  }
}

const CAUSES_MAX = 10

/** pino keeps the causes that are errors. The last one may be a text. */
function addPlainCause(fields: { cause?: unknown }, error: Error): void {
  let at: { cause?: unknown } = fields
  let from: { cause?: unknown } = error
  for (let i = 0; i < CAUSES_MAX && from.cause !== undefined && from.cause !== null; i++) {
    if (typeof at.cause !== 'object' || at.cause === null) {
      // pino has left an error out where the causes make a circle.
      if (!(from.cause instanceof Error)) at.cause = from.cause
      return
    }
    at = at.cause
    from = from.cause
  }
}
