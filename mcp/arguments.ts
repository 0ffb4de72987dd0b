import pg from 'pg'
import { SensoriumError } from '../pipeline/errors.ts'
import { quoted } from './answer-text.ts'
import { ToolRefusal } from './refusal.ts'
import type { Tool } from './tool.ts'

const ARGUMENT_LEVELS_MAX = 16

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some(inner => isDeeper(inner, levels - 1))
}

export function isTooDeep(given: unknown): boolean {
  return isDeeper(given, ARGUMENT_LEVELS_MAX)
}

/** Arguments as the tool takes them. @throws ToolRefusal with what to send instead */
export function argumentsOf(tool: Tool, given: Record<string, unknown>): Record<string, unknown> {
  if (isTooDeep(given)) throw new ToolRefusal(`arguments are nested deeper than ${ARGUMENT_LEVELS_MAX} levels`)
  // Postgres' text cannot hold it, and nobody means it.
  if (JSON.stringify(given).includes('\\u0000'))
    throw new ToolRefusal('an argument holds a NUL character; leave it out')
  const { success, data, error } = tool.input.safeParse(given)
  if (success) return data
  const faults = error.issues.map(issue =>
    issue.code === 'unrecognized_keys'
      ? `${tool.name} knows no ${quoted(issue.keys.join(', ').slice(0, 200))}; it takes ${Object.keys(tool.input.shape).join(', ')}`
      : `${issue.path.join('.')}: ${issue.message}`,
  )
  throw new ToolRefusal(faults.join('; '))
}

/** `*` is all services. Left out, not undefined: the audit log keeps the arguments as JSON. */
export function withService(
  { service: _, ...others }: Record<string, unknown>,
  service: unknown,
): Record<string, unknown> {
  return service === undefined || service === '*' ? others : { ...others, service }
}

/** What the agent is told to do instead; undefined where the fault is ours. */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof ToolRefusal) return error.message
  if (error instanceof SensoriumError && error.code === 'USAGE') return error.message
  if (error instanceof SensoriumError && error.code === 'DATABASE_UNREACHABLE') {
    return 'the database is away; try again in some seconds'
  }
  if (error instanceof pg.DatabaseError && error.code === '57014') {
    return 'this took longer than 5 s; narrow it: fewer minutes, or one service'
  }
  return undefined
}
