import type { Json, JsonObject } from './parse-line.ts'

/** As pino's serialisers write an error. */
interface Serialised extends JsonObject {
  type: string
  message: string
}

/** Keys under which an error is logged: pino's own, and the other one that people use. */
const ERROR_KEYS = ['err', 'error'] as const
const CAUSES_MAX = 10

/**
 * The error of a line, as OpenTelemetry's attributes; what it has beyond them (`code`, `statusCode`, its causes'
 * fields) stays under its own key. Undefined when the line has none.
 */
export function exceptionOf(line: JsonObject): { key: string; attributes: JsonObject } | undefined {
  for (const key of ERROR_KEYS) {
    const error = line[key]
    if (error === undefined || !isSerialised(error)) continue
    const { type, message, stack: _, ...rest } = error
    const attributes: JsonObject = { 'exception.type': type, 'exception.message': message }
    const stacktrace = stackOf(error)
    if (stacktrace !== '') attributes['exception.stacktrace'] = stacktrace
    if (Object.keys(rest).length > 0) attributes[key] = withoutStacks(rest)
    return { key, attributes }
  }
  return undefined
}

function isSerialised(value: Json | undefined): value is Serialised {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    typeof value.type === 'string' &&
    typeof value.message === 'string'
  )
}

/** The stack with those of its causes, in the way that Java and most loggers write them. */
function stackOf(error: Serialised): string {
  const parts: string[] = []
  let at: Json | undefined = error
  for (let i = 0; i <= CAUSES_MAX && isSerialised(at); i++) {
    const { stack, type, message, cause }: Serialised = at
    if (typeof stack === 'string') parts.push(stack)
    else if (i > 0) parts.push(`${type}: ${message}`)
    at = cause
  }
  if (typeof at === 'string') parts.push(at)
  return parts.join('\nCaused by: ')
}

/** The stacks are all in `exception.stacktrace`. */
function withoutStacks(fields: JsonObject): JsonObject {
  const { cause } = fields
  if (!isSerialised(cause)) return fields
  const { stack: _, ...rest } = cause
  return { ...fields, cause: withoutStacks(rest) }
}
