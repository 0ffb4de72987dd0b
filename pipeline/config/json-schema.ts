import { z } from 'zod'
import type { ComponentKind, Definition } from '../component.ts'
import { definitionsOf, type Registry } from '../registry.ts'
import { exporterSettings, fileSchema } from './schema.ts'

type JsonSchema = Record<string, unknown>

/**
 * The JSON Schema of a configuration file, for editors. Components are matched by id: `type` or `type/name`; what is
 * loaded by `module:` is left to the check at start-up.
 *
 * @param sections schemas of the `service` sections that other rooms own
 */
export function configJsonSchema(registry: Registry, sections: Readonly<Record<string, z.ZodObject>>): JsonSchema {
  const file = inputSchema(fileSchema)
  const properties = file.properties as Record<string, JsonSchema> // an object schema has them
  for (const kind of ['receiver', 'processor', 'exporter'] as const) {
    properties[`${kind}s`] = componentsSchema(registry, kind)
  }
  const service = properties.service?.properties as Record<string, JsonSchema>
  for (const [key, schema] of Object.entries(sections)) service[key] = nullable(inputSchema(schema))
  return { title: 'Sensorium configuration', ...file }
}

function componentsSchema(registry: Registry, kind: ComponentKind): JsonSchema {
  const patternProperties: Record<string, JsonSchema> = {}
  for (const definition of definitionsOf(registry, kind)) {
    patternProperties[`^${definition.type}(/[\\w.-]+)?$`] = nullable(settingsSchema(definition))
  }
  return {
    type: ['object', 'null'],
    patternProperties,
    additionalProperties: { type: 'object', required: ['module'], properties: { module: { type: 'string' } } },
  }
}

/** A component's own keys, and for an exporter those that the host reads. */
function settingsSchema(definition: Definition): JsonSchema {
  const own = inputSchema(definition.config)
  if (definition.kind !== 'exporter') return { description: definition.summary, ...own }
  const hosts = inputSchema(exporterSettings)
  const properties = { ...Object(own.properties), ...Object(hosts.properties) }
  return { description: definition.summary, ...own, properties }
}

/** `otlp:` with nothing after it means "all defaults". */
function nullable(schema: JsonSchema): JsonSchema {
  return { ...schema, type: [schema.type, 'null'] }
}

export function inputSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
