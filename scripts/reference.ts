import { stringify } from 'yaml'
import type { z } from 'zod'
import type { Definition } from '../pipeline/component.ts'
import { inputSchema } from '../pipeline/config/json-schema.ts'
import { exporterSettings, serviceSettings } from '../pipeline/config/schema.ts'
import { definitionsOf, type Registry } from '../pipeline/registry.ts'

/** The Markdown of docs/reference/config.md, read off the schemas. */
export function configReference(registry: Registry, sections: Readonly<Record<string, z.ZodObject>>): string {
  const parts = [
    '# Configuration reference',
    'Generated from the schemas by `npm run generate`; do not edit. The grammar is that of the OpenTelemetry Collector: `receivers:`, `processors:` and `exporters:` name components by `type` or `type/name`, `service.pipelines` wires them. `${env:NAME}`, `${env:NAME:-default}` and `$$` work in every value (quote them inside `{ }`). A component of your own: `module: ./file.ts` under any id, relative to the configuration file.',
  ]
  for (const kind of ['receiver', 'processor', 'exporter'] as const) {
    parts.push(`## ${kind[0]!.toUpperCase()}${kind.slice(1)}s`)
    for (const definition of definitionsOf(registry, kind)) parts.push(...component(definition))
    if (kind === 'exporter') {
      parts.push(
        '### Every exporter',
        'These keys stand beside an exporter’s own; the host reads them.',
        table(exporterSettings),
      )
    }
  }
  parts.push('## service', table(serviceSettings))
  for (const [name, schema] of Object.entries(sections)) parts.push(`### service.${name}`, table(schema))
  return `${parts.join('\n\n')}\n`
}

function component(definition: Definition): string[] {
  const delivery = definition.delivery === undefined ? '' : ` Delivery: ${definition.delivery}.`
  const examples = definition.examples.map(example => {
    const yaml = stringify({ [definition.type]: example }, { lineWidth: 110 }).trimEnd()
    return `\`\`\`yaml\n${yaml}\n\`\`\``
  })
  return [
    `### ${definition.type}`,
    `${definition.summary} Signals: ${definition.signals.join(', ')}.${delivery}`,
    table(definition.config),
    ...examples,
  ]
}

function table(schema: z.ZodType): string {
  const rows = keys(inputSchema(schema), '')
  if (rows.length === 0) return 'No keys.'
  return ['| key | type | default | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

type Node = Record<string, unknown>

/** A row for each key, nested ones with their path. */
function keys(node: Node, prefix: string): string[] {
  const required = Array.isArray(node.required) ? node.required : []
  return Object.entries(Object(node.properties) as Record<string, Node>).flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const isGroup = typeof child.properties === 'object'
    const fallback = required.includes(name) ? 'required' : isGroup ? '' : code(child.default)
    const row = `| \`${path}\` | ${type(child)} | ${fallback} | ${cell(child.description)} |`
    return [row, ...keys(child, path), ...keys(Object(child.items) as Node, `${path}[]`)]
  })
}

function type(node: Node): string {
  if (Array.isArray(node.enum)) return node.enum.map(code).join(' ')
  if (node.const !== undefined) return code(node.const)
  const branches = node.anyOf ?? node.oneOf
  if (Array.isArray(branches)) return [...new Set(branches.map(branch => type(branch as Node)))].join(' or ')
  if (node.type === 'array') return `list of ${type(Object(node.items) as Node)}`
  if (node.type === 'object') return 'map'
  return typeof node.type === 'string' ? node.type : 'any'
}

function code(value: unknown): string {
  return value === undefined ? '' : `\`${JSON.stringify(value)?.replaceAll('|', '\\|')}\``
}

function cell(text: unknown): string {
  return typeof text === 'string' ? text.replaceAll('|', '\\|').replaceAll('\n', ' ') : ''
}
