import { z } from 'zod'
import { didYouMean, type Fault } from './fault.ts'
import type { Path, Source } from './source.ts'

/**
 * Parses the value at `path` and books every fault with its place. `undefined` when there was one.
 *
 * @param value what the file holds there; a missing value is parsed as an empty map, so that defaults apply
 */
export function checkSchema<S extends z.ZodType>(
  schema: S,
  value: unknown,
  source: Source,
  path: Path,
  faults: Fault[],
): z.output<S> | undefined {
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  for (const issue of result.error.issues) faults.push(...faultsOf(issue, schema, source, path))
  return undefined
}

type Issue = z.core.$ZodIssue

function faultsOf(issue: Issue, schema: z.ZodType, source: Source, base: Path): Fault[] {
  const path = [...base, ...issue.path.filter(step => typeof step !== 'symbol')]
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path)
    return issue.keys.map(key => place(source, [...path, key], 'unknown key', didYouMean(key, known)))
  }
  if (issue.code === 'invalid_key') {
    return [place(source, path, issue.issues[0]?.message ?? 'not a valid name')]
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.map(errors => errors.map(error => error.message).join(', '))
    return [place(source, path, [...new Set(branches)].join('; or '))]
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [place(source, path, 'is missing', `expected ${issue.expected}`)]
  }
  return [place(source, path, issue.message.replace(/^Invalid input: /, ''))]
}

export function place(source: Source, path: Path, message: string, suggestion?: string): Fault {
  return { file: source.file, ...source.locate(path), key: path.join('.'), message, suggestion }
}

/** The keys that a strict object takes at `path`, read off its JSON Schema. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  for (const step of path) node = child(node, step)
  const branches = property(node, 'anyOf') ?? property(node, 'oneOf')
  const nodes = Array.isArray(branches) ? branches : [node]
  return nodes.flatMap(node => Object.keys(property(node, 'properties') ?? {}))
}

function child(node: unknown, step: PropertyKey): unknown {
  const properties = property(node, 'properties')
  const found = property(properties, String(step)) ?? property(node, 'additionalProperties') ?? property(node, 'items')
  if (found !== undefined) return found
  const branches = property(node, 'anyOf') ?? property(node, 'oneOf')
  return Array.isArray(branches) ? branches.map(branch => child(branch, step)).find(x => x !== undefined) : undefined
}

function property(node: unknown, key: string): object | undefined {
  if (typeof node !== 'object' || node === null) return undefined
  const value: unknown = Reflect.get(node, key)
  return typeof value === 'object' && value !== null ? value : undefined
}
