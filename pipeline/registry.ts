import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { type ComponentKind, type Definition, define } from './component.ts'
import { errorText } from './errors.ts'

export type Registry = readonly Definition[]

export function definitionsOf(registry: Registry, kind: ComponentKind): Definition[] {
  return registry.filter(definition => definition.kind === kind)
}

/**
 * What a module of the user's own may export by default: a definition, or a function that makes one from our tools,
 * so that a single file in any folder works without an installation of its own.
 */
export type ComponentModule = Definition | ((tools: { z: typeof z; define: typeof define }) => Definition)

/** Loads `module: ./ours/score.ts`. Throws an Error whose message says what the file lacks. */
export async function loadModule(file: string, kind: ComponentKind): Promise<Definition> {
  let exported: unknown
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href)
    exported = module.default
  } catch (error) {
    throw new Error(`cannot be loaded: ${errorText(error)}`, { cause: error })
  }
  const made: unknown = typeof exported === 'function' ? exported({ z, define }) : exported
  if (!isDefinition(made)) throw new Error('has no component as its default export; export define({ kind, type, … })')
  if (made.kind !== kind) throw new Error(`exports a ${made.kind}, not a ${kind}`)
  return made
}

function isDefinition(value: unknown): value is Definition {
  if (typeof value !== 'object' || value === null) return false
  const { kind, type, signals, config, create } = value as Partial<Definition> // every member is looked at below
  return (
    (kind === 'receiver' || kind === 'processor' || kind === 'exporter') &&
    typeof type === 'string' &&
    Array.isArray(signals) &&
    typeof config?.safeParse === 'function' &&
    typeof create === 'function'
  )
}
