import { inspect } from 'node:util'

const MAX_CAUSES = 5
const MAX_MEMBERS = 3

/**
 * What was thrown, as text: the stack with the causes below it, and the first members of an AggregateError, whose own
 * message is often empty. Never throws, whatever getters it has.
 */
export function describeError(thrown: unknown, depth = 0): string {
  try {
    if (!(thrown instanceof Error)) return describeValue(thrown)
    const lines = [String(thrown.stack ?? `${thrown.name}: ${thrown.message}`)]
    if (thrown instanceof AggregateError) {
      for (const member of thrown.errors.slice(0, MAX_MEMBERS)) lines.push(`  [error]: ${messageOf(member)}`)
    }
    if (thrown.cause !== undefined && depth < MAX_CAUSES) {
      lines.push(`  [cause]: ${describeError(thrown.cause, depth + 1)}`)
    }
    return lines.join('\n')
  } catch {
    return 'an error that cannot be read'
  }
}

/** The error's own words, never empty and never thrown. */
export function messageOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return describeValue(thrown) || 'error'
    return String(thrown.message) || String('code' in thrown ? thrown.code : thrown.name) || 'error'
  } catch {
    return 'an error that cannot be read'
  }
}

function describeValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  // The object's own inspect function is not run: it is the application's code, in a process that is about to end.
  return inspect(value, { depth: 2, customInspect: false, maxArrayLength: 20, maxStringLength: 2_000 })
}
