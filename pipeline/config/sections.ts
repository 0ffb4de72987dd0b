import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { errorText, SensoriumError } from '../errors.ts'
import { checkSchema } from './check-schema.ts'
import type { Environment } from './environment.ts'
import { type Fault, formatFaults } from './fault.ts'
import { readSource } from './source.ts'

type Schemas = Readonly<Record<string, z.ZodObject>>

/** A part of a configuration file, without the components that the rest of it names. */
export interface Sections<S extends Schemas> {
  readonly service: { readonly [K in keyof S]: z.output<S[K]> }
  /** The whole file as plain data, references expanded, nothing else checked. */
  readonly data: unknown
}

/**
 * Reads sections of `service` alone: what a command needs that only asks the database, and which must not wait for
 * every component's code. Faults elsewhere in the file are for `config check` and `start`.
 *
 * @throws SensoriumError CONFIG_INVALID with the faults of the file's syntax and of these sections
 */
export async function loadSections<S extends Schemas>(
  file: string,
  schemas: S,
  environment: Environment,
): Promise<Sections<S>> {
  const text = await readConfigFile(file)
  const source = readSource(file, text, environment)
  const wanted = Object.keys(schemas).map(key => `service.${key}`)
  const isOurs = ({ key }: Fault) => key === '' || wanted.some(name => key === name || key.startsWith(`${name}.`))
  const faults = source.faults.filter(isOurs)
  const given = mapOf(mapOf(source.data).service)
  const parsed = Object.entries(schemas).map(([key, schema]) => [
    key,
    checkSchema(schema, given[key], source, ['service', key], faults),
  ])
  if (faults.length > 0) throw invalid(faults)
  return { service: Object.fromEntries(parsed) as Sections<S>['service'], data: source.data } // each by its own schema
}

/** @throws SensoriumError CONFIG_INVALID */
export async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new SensoriumError(
      'CONFIG_INVALID',
      `${file} cannot be read (${errorText(cause)}); name a file that is there`,
      { cause },
    )
  }
}

export function invalid(faults: readonly Fault[]): SensoriumError {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  return new SensoriumError('CONFIG_INVALID', `the configuration has ${count}:\n${formatFaults(faults)}`)
}

/** A map of plain data; an empty one for anything else. */
export function mapOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
