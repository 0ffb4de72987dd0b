import { cleanText, type Plain, plain } from './plain.ts'

export type ErrorObject = { [key: string]: Plain }

/** Causes of causes, and errors of an AggregateError, that are kept. */
const MAX_CAUSES = 5
const MAX_STACK_CHARS = 16_384
const OWN_FIELDS = new Set(['name', 'message', 'stack', 'cause', 'errors'])

/** Anything that was thrown, as `{name, message, stack, cause, errors, …}`. */
export function errorObject(thrown: unknown, depth = 0): ErrorObject {
  try {
    return thrown instanceof Error || looksLikeError(thrown) ? fromError(thrown, depth) : fromOther(thrown)
  } catch {
    return { name: 'Error', message: '[an error that cannot be read]' }
  }
}

function fromOther(thrown: unknown): ErrorObject {
  const value = plain(thrown)
  const message = typeof value === 'string' ? value : JSON.stringify(value)
  return { name: 'NonError', message: message === 'null' ? String(thrown) : message }
}

/** Errors of another realm, such as a frame or a vm, are no instances of our Error. */
function looksLikeError(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown
}

function fromError(error: Error, depth: number): ErrorObject {
  const result: ErrorObject = { name: String(error.name || 'Error'), message: cleanText(String(error.message)) }
  if (typeof error.stack === 'string') result.stack = cleanText(error.stack.slice(0, MAX_STACK_CHARS))
  const own = Object.keys(error).filter(key => !OWN_FIELDS.has(key))
  if (own.length > 0) {
    const fields = plain(Object.fromEntries(own.map(key => [key, Reflect.get(error, key)])))
    Object.assign(result, fields)
  }
  if (depth >= MAX_CAUSES) return result
  if (error.cause !== undefined) result.cause = errorObject(error.cause, depth + 1)
  if ('errors' in error && Array.isArray(error.errors)) {
    result.errors = error.errors.slice(0, MAX_CAUSES).map(inner => errorObject(inner, depth + 1))
  }
  return result
}
