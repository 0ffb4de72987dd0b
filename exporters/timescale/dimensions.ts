import {
  type Attributes,
  type AttributeValue,
  attributeText,
  isAttributes,
  type Resource,
  type Scope,
} from '../../pipeline/model/index.ts'
import { boundedText } from './bounded-text.ts'
import { type DictionaryRow, dictionaryRow } from './dictionary.ts'

/** What all records of one resource and scope have in common, encoded once. */
export interface Dimensions {
  readonly of: Resource
  readonly in: Scope
  readonly resource: DictionaryRow
  readonly scope: DictionaryRow
  /** Service, environment and release as their columns have them. */
  readonly origin: Origin
  readonly hostname: string | undefined
  /** The same object for all requests, where it is remembered; what is kept by resource and scope goes by it. */
  readonly space: Space
}

/** A resource and a scope, told apart from others. */
export interface Space {
  readonly key: string
  /** What users of the space keep with it: the shapes of records that share nothing else. */
  readonly plain: Map<string, DictionaryRow>
}

export interface Origin {
  /** Tells origins apart. */
  readonly key: string
  readonly service: string
  readonly environment: string
  readonly version: string | undefined
}

/** More resources and scopes than any fleet has alive at once. */
const SPACES_MAX = 20_000

/** Remembers by object: the records of a request share theirs, and a request is soon forgotten as a whole. */
export class DimensionCache {
  readonly #resources = new WeakMap<Resource, DictionaryRow>()
  readonly #dimensions = new WeakMap<Scope, Dimensions>()
  readonly #spaces = new Map<string, Space>()

  get(resource: Resource, scope: Scope): Dimensions {
    const known = this.#dimensions.get(scope)
    if (known !== undefined && known.of === resource) return known
    let row = this.#resources.get(resource)
    if (row === undefined) {
      row = resourceRow(resource)
      this.#resources.set(resource, row)
    }
    const dimensions = this.#dimensionsOf(resource, row, scope)
    this.#dimensions.set(scope, dimensions)
    return dimensions
  }

  #dimensionsOf(of: Resource, resource: DictionaryRow, scope: Scope): Dimensions {
    const { attributes } = of
    const row = scopeRow(scope)
    const environment =
      attributeText(attributes, 'deployment.environment.name') ?? attributeText(attributes, 'deployment.environment')
    const service = boundedText(attributeText(attributes, 'service.name') ?? 'unknown_service')
    const origin = {
      key: JSON.stringify([service, environment, attributeText(attributes, 'service.version')]),
      service,
      environment: boundedText(environment ?? 'unknown'),
      version: boundedOrNull(attributeText(attributes, 'service.version')),
    }
    const hostname = boundedOrNull(attributeText(attributes, 'host.name'))
    return { of, in: scope, resource, scope: row, origin, hostname, space: this.#space(`${resource.id} ${row.id}`) }
  }

  #space(key: string): Space {
    const known = this.#spaces.get(key)
    if (known !== undefined) return known
    if (this.#spaces.size >= SPACES_MAX) this.#spaces.clear()
    const space = { key, plain: new Map() }
    this.#spaces.set(key, space)
    return space
  }
}

function boundedOrNull(value: string | undefined): string | undefined {
  return value === undefined ? undefined : boundedText(value)
}

function resourceRow(resource: Resource): DictionaryRow {
  const refs = resource.entityRefs.map(ref => ({
    schema_url: clean(ref.schemaUrl),
    type: clean(ref.type),
    id_keys: ref.idKeys.map(clean),
    description_keys: ref.descriptionKeys.map(clean),
  }))
  return dictionaryRow('telemetry_resources', [
    canonicalJson(resource.attributes),
    storableCount(resource.droppedAttributesCount),
    clean(resource.schemaUrl),
    refs.length === 0 ? null : JSON.stringify(refs),
  ])
}

function scopeRow(scope: Scope): DictionaryRow {
  return dictionaryRow('telemetry_scopes', [
    clean(scope.name),
    clean(scope.version),
    canonicalJson(scope.attributes),
    storableCount(scope.droppedAttributesCount),
    clean(scope.schemaUrl),
  ])
}

/** The JSON that JsonWriter makes, but with sorted keys: the order in which a sender puts attributes means nothing. */
export function canonicalJson(value: AttributeValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`
  if (typeof value === 'string') return JSON.stringify(clean(value))
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`
  if (!isAttributes(value)) return `[${value.map(canonicalJson).join(',')}]`
  return `{${sortedPairs(value).join(',')}}`
}

function sortedPairs(attributes: Attributes): string[] {
  // Keys that are the same once they are cleaned are one, and of these the last stands, as in every other column.
  const cleaned = new Map([...attributes].map(([key, value]) => [clean(key), value]))
  const pairs = [...cleaned].sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.map(([key, value]) => `${JSON.stringify(key)}:${canonicalJson(value)}`)
}

/** What PostgreSQL can hold of a text: no NUL, no lone surrogate. */
export function clean(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

const INTEGER_MAX = 2_147_483_647

/** OTLP's counts of dropped parts are 32 bits unsigned, the column has 31: past that the figure is the largest. */
export function storableCount(count: number): number {
  return Math.min(count, INTEGER_MAX)
}
