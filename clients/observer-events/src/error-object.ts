import { cleanText, entriesOf, fieldOf, type Plain, plain } from './plain.ts'

export type ErrorObject = { [key: string]: Plain }

/** How far down causes, and errors of an AggregateError, are kept; and how many errors in all. */
const MAX_DEPTH = 5
const MAX_ERRORS = 20
const MAX_STACK_CHARS = 16_384
/** An error's own fields besides the standard ones, such as `code` and `status`. */
const MAX_FIELDS = 50
const STANDARD = new Set(['name', 'message', 'stack', 'cause', 'errors'])

/** Anything that was thrown, as `{name, message, stack, cause, errors, …}`. */
export function errorObject(thrown: unknown): ErrorObject {
  return read(thrown, 0, { errors: 0 })
}

function read(thrown: unknown, depth: number, seen: { errors: number }): ErrorObject {
  seen.errors += 1
  try {
    return thrown instanceof Error || looksLikeError(thrown) ? fromError(thrown, depth, seen) : fromOther(thrown)
  } catch {
    return { name: 'Error', message: '[an error that cannot be read]' }
  }
}

function fromOther(thrown: unknown): ErrorObject {
  const value = plain(thrown)
  const message = typeof value === 'string' ? value : cleanText(JSON.stringify(value))
  return { name: 'NonError', message: message === 'null' ? String(thrown) : message }
}

/**
 * Errors of another realm, such as a frame or a vm, are no instances of our Error; and clients such as Supabase's hand
 * out plain objects with a message.
 */
function looksLikeError(thrown: unknown): thrown is object {
  return typeof thrown === 'object' && thrown !== null && typeof fieldOf(thrown, 'message', undefined) === 'string'
}

function fromError(error: object, depth: number, seen: { errors: number }): ErrorObject {
  const of = (key: string) => fieldOf(error, key, undefined)
  const name = of('name') ?? (error instanceof Error ? 'Error' : 'NonError')
  const result: ErrorObject = { name: cleanText(String(name)), message: cleanText(String(of('message') ?? '')) }
  const stack = of('stack')
  if (typeof stack === 'string') result.stack = cleanText(stack, MAX_STACK_CHARS)
  const own = entriesOf(error, MAX_FIELDS).filter(([key]) => !STANDARD.has(key))
  if (own.length > 0) Object.assign(result, plain(Object.fromEntries(own)))
  if (depth >= MAX_DEPTH) return result
  const cause = of('cause')
  if (cause !== undefined && seen.errors < MAX_ERRORS) result.cause = read(cause, depth + 1, seen)
  const errors = of('errors')
  if (!Array.isArray(errors)) return result
  const kept: ErrorObject[] = []
  for (const inner of errors) {
    if (seen.errors >= MAX_ERRORS) break
    kept.push(read(inner, depth + 1, seen))
  }
  return { ...result, errors: kept }
}
