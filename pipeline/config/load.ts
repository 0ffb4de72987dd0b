import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { ComponentKind, Definition } from '../component.ts'
import { errorText } from '../errors.ts'
import type { Signal } from '../model/index.ts'
import { definitionsOf, loadModule, type Registry } from '../registry.ts'
import { checkSchema, place } from './check-schema.ts'
import type { Environment } from './environment.ts'
import { didYouMean, type Fault } from './fault.ts'
import type { Plan, PlannedComponent, PlannedExporter, PlannedPipeline } from './plan.ts'
import { exporterSettings, type FileConfig, fileSchema, pipelinesSchema } from './schema.ts'
import { invalid, mapOf, readConfigFile } from './sections.ts'
import { readSource, type Source } from './source.ts'

export interface LoadOptions {
  readonly registry: Registry
  readonly environment: Environment
  /** Schemas of the `service` sections that other rooms own, by key. */
  readonly sections: Readonly<Record<string, z.ZodObject>>
}

/** Reads the file and checks all of it. Throws CONFIG_INVALID with every fault, one a line. */
export async function loadPlan(file: string, options: LoadOptions): Promise<Plan> {
  const text = await readConfigFile(file)
  const { plan, faults } = await checkConfig(file, text, options)
  if (plan !== undefined) return plan
  throw invalid(faults)
}

/** The plan, or every fault that stands in its way. */
export async function checkConfig(
  file: string,
  text: string,
  options: LoadOptions,
): Promise<{ plan?: Plan; faults: readonly Fault[] }> {
  const source = readSource(file, text, options.environment)
  const faults = [...source.faults]
  if (source.data === undefined && faults.length > 0) return { faults }
  const parsed = checkSchema(fileSchema, source.data, source, [], faults)
  const raw = (parsed ?? mapOf(source.data)) as Partial<FileConfig> // of a faulty file, look at what is there all the same
  const planned = {
    receivers: await planComponents('receiver', raw, source, options.registry, faults),
    processors: await planComponents('processor', raw, source, options.registry, faults),
    exporters: await planExporters(raw, source, options.registry, faults),
  }
  const pipelines = planPipelines(raw, planned, source, faults)
  if (parsed === undefined) return { faults }
  const sections: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(options.sections)) {
    const value: unknown = Reflect.get(parsed.service, key)
    sections[key] = checkSchema(schema, value, source, ['service', key], faults)
  }
  if (faults.length > 0) return { faults }
  return { plan: { ...planned, pipelines, service: { ...parsed.service, ...sections } }, faults }
}

async function planComponents(
  kind: ComponentKind,
  raw: Partial<FileConfig>,
  source: Source,
  registry: Registry,
  faults: Fault[],
): Promise<Map<string, PlannedComponent>> {
  const planned = new Map<string, PlannedComponent>()
  for (const [id, value] of Object.entries(section(raw, kind))) {
    const at = [`${kind}s`, id]
    const { module, ...config } = mapOf(value)
    const definition = await findDefinition(kind, id, module, source, registry, faults)
    if (definition === undefined) continue
    const checked = checkSchema(definition.config, config, source, at, faults)
    if (checked === undefined) continue
    planned.set(id, { id, definition, config: checked })
    for (const fault of (await definition.checkFiles?.(checked)) ?? []) {
      // Several components may name one file.
      if (!faults.some(other => isDeepStrictEqual(other, fault))) faults.push(fault)
    }
  }
  return planned
}

/** Exporters have keys that the host reads; the rest is for the component's own schema. */
async function planExporters(
  raw: Partial<FileConfig>,
  source: Source,
  registry: Registry,
  faults: Fault[],
): Promise<Map<string, PlannedExporter>> {
  const settings = new Map<string, PlannedExporter['settings']>()
  const own: Record<string, Record<string, unknown>> = {}
  for (const [id, value] of Object.entries(section(raw, 'exporter'))) {
    const { delivery, sending_queue, retry_on_failure, ...config } = mapOf(value)
    const hosts = { delivery, sending_queue, retry_on_failure }
    const checked = checkSchema(exporterSettings, withoutUndefined(hosts), source, ['exporters', id], faults)
    if (checked !== undefined) settings.set(id, checked)
    own[id] = config
  }
  const planned = new Map<string, PlannedExporter>()
  for (const [id, component] of await planComponents('exporter', { exporters: own }, source, registry, faults)) {
    const checked = settings.get(id)
    if (checked !== undefined) planned.set(id, { ...component, settings: checked })
  }
  return planned
}

async function findDefinition(
  kind: ComponentKind,
  id: string,
  module: unknown,
  source: Source,
  registry: Registry,
  faults: Fault[],
): Promise<Definition | undefined> {
  const at = [`${kind}s`, id]
  if (module !== undefined) {
    const relative = String(module)
    try {
      return await loadModule(path.resolve(path.dirname(source.file), relative), kind)
    } catch (error) {
      faults.push(place(source, [...at, 'module'], `${relative} ${errorText(error)}`))
      return undefined
    }
  }
  const type = id.split('/')[0]!
  const known = definitionsOf(registry, kind)
  const found = known.find(definition => definition.type === type)
  if (found === undefined) {
    const types = known.map(definition => definition.type)
    faults.push(
      place(
        source,
        at,
        `there is no ${kind} of type ${type}`,
        `${didYouMean(type, types)} Your own: module: ./file.ts`,
      ),
    )
  }
  return found
}

/** Also of a file with other faults: whatever part of it has the shape of pipelines is checked. */
function planPipelines(
  config: Partial<FileConfig>,
  planned: { [K in 'receivers' | 'processors' | 'exporters']: ReadonlyMap<string, PlannedComponent> },
  source: Source,
  faults: Fault[],
): PlannedPipeline[] {
  const pipelines: PlannedPipeline[] = []
  const declaredPipelines = pipelinesSchema.safeParse(config.service?.pipelines)
  if (!declaredPipelines.success) return pipelines
  for (const [id, pipeline] of Object.entries(declaredPipelines.data)) {
    const signal = id.split('/')[0] as Signal // the schema lets no other key in
    const at = ['service', 'pipelines', id]
    for (const kind of ['receivers', 'processors', 'exporters'] as const) {
      const declared = Object.keys(mapOf(config[kind]))
      for (const [i, name] of pipeline[kind].entries()) {
        const here = [...at, kind, i]
        const signals = planned[kind].get(name)?.definition.signals
        if (!declared.includes(name)) {
          faults.push(place(source, here, `${name} is not configured under ${kind}:`, didYouMean(name, declared)))
        } else if (signals !== undefined && !signals.includes(signal)) {
          faults.push(place(source, here, `${name} does not take ${signal}`, `it takes ${signals.join(', ')}`))
        } else if (pipeline[kind].indexOf(name) !== i) {
          faults.push(place(source, here, `${name} is named twice in this pipeline`, 'leave one out'))
        }
      }
    }
    pipelines.push({ id, signal, ...pipeline })
  }
  if (pipelines.length === 0) {
    faults.push(place(source, ['service', 'pipelines'], 'no pipeline is configured', 'add traces:, metrics: or logs:'))
  }
  return pipelines
}

function section(raw: Partial<FileConfig>, kind: ComponentKind): Record<string, unknown> {
  return mapOf(Reflect.get(Object(raw), `${kind}s`))
}

function withoutUndefined(map: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined))
}
