import { simpleName } from './header.ts'

/** Real chains have two or three links; more are a retry loop wrapping its own errors. */
const MAX_TYPES = 8
const MAX_TYPE_CHARS = 200
/** What a minifier leaves of a class name is another one in the next build. */
const MIN_TYPE_CHARS = 3

/**
 * Types that only carry another error from where it happened to where it was waited for: futures, reflection, proxies,
 * task groups. With them in the chain the asynchronous variant of a bug would be another bug.
 */
const CARRIERS = new Set([
  'ExecutionException',
  'CompletionException',
  'InvocationTargetException',
  'UndeclaredThrowableException',
  'PrivilegedActionException',
  'NestedServletException',
  'ServletException',
  'AggregateException',
  'TargetInvocationException',
  'ExceptionGroup',
  'BaseExceptionGroup',
  'AggregateError',
])

/** True of an error type that, where it has a single cause, adds nothing to it. */
export function isCarrier(type: string): boolean {
  return CARRIERS.has(simpleName(type))
}

/** A type without pointers, arities, type arguments and the module that Python's built-ins may show; '' if minified. */
export function normaliseType(type: string): string {
  const bare = type
    .slice(0, MAX_TYPE_CHARS)
    .trim()
    .replace(/^[*&]+/, '')
    .replace(/^(?:builtins|exceptions)\./, '')
    .replace(/(?:@anonymous|[`<[]).*$/s, '')
  return simpleName(bare).length < MIN_TYPE_CHARS ? '' : bare
}

/** True of what some SDKs report in the type's place: `ECONNREFUSED`, `ERR_INVALID_ARG_TYPE`, `23505`. */
export function isErrorCode(type: string): boolean {
  return /^(?:E[A-Z][A-Z0-9_]+|\d+|(?=.*\d)[0-9A-Z]{5})$/.test(type)
}

/**
 * The types of a chain, outermost first, without repetitions: a retry wraps an error in its like, and a coroutine's
 * recovered exception has a copy of itself as its cause.
 */
export function foldTypes(types: readonly string[]): string[] {
  const folded = types.filter((type, i) => type !== '' && type !== types[i - 1])
  if (folded.length <= MAX_TYPES) return folded
  return [...folded.slice(0, MAX_TYPES / 2), ...folded.slice(-MAX_TYPES / 2)]
}
