import { hash } from 'node:crypto'
import {
  type Attributes,
  type AttributeValue,
  attributeText,
  isAttributes,
  type Resource,
  type Scope,
} from '../../pipeline/model/index.ts'
import { boundedText } from './bounded-text.ts'
import { encodedBigints, encodedTexts } from './table.ts'

/** A row of telemetry_resources or telemetry_scopes. */
export interface DimensionRow {
  readonly table: 'telemetry_resources' | 'telemetry_scopes'
  readonly id: bigint
  /** In the order of the insert statement in dimension-rows.ts; jsonb as its text. */
  readonly values: readonly (string | number | null)[]
}

/** What all records of one resource and scope have in common, encoded once. */
export interface Dimensions {
  readonly of: Resource
  readonly in: Scope
  readonly resource: DimensionRow
  readonly scope: DimensionRow
  /** Service, environment and release as their columns have them. */
  readonly origin: Origin
  /** Fields of SHARED_COLUMNS. */
  readonly shared: Uint8Array
  /** Fields of LOG_SHARED_COLUMNS. */
  readonly logShared: Uint8Array
}

export interface Origin {
  /** Tells origins apart. */
  readonly key: string
  readonly service: string
  readonly environment: string
  readonly version: string | undefined
}

export const SHARED_COLUMNS = [
  ['service', 'text'],
  ['environment', 'text'],
  ['service_version', 'text'],
  ['resource_id', 'bigint'],
  ['scope_id', 'bigint'],
] as const
export const LOG_SHARED_COLUMNS = [
  ['hostname', 'text'],
  ['logger_name', 'text'],
] as const

/** Remembers by object: the records of a request share theirs, and a request is soon forgotten as a whole. */
export class DimensionCache {
  readonly #resources = new WeakMap<Resource, DimensionRow>()
  readonly #dimensions = new WeakMap<Scope, Dimensions>()

  get(resource: Resource, scope: Scope): Dimensions {
    const known = this.#dimensions.get(scope)
    if (known !== undefined && known.of === resource) return known
    let row = this.#resources.get(resource)
    if (row === undefined) {
      row = resourceRow(resource)
      this.#resources.set(resource, row)
    }
    const dimensions = dimensionsOf(resource, row, scope)
    this.#dimensions.set(scope, dimensions)
    return dimensions
  }
}

function dimensionsOf(of: Resource, resource: DimensionRow, scope: Scope): Dimensions {
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
  const texts = encodedTexts(service, origin.environment, origin.version)
  return {
    of,
    in: scope,
    resource,
    scope: row,
    origin,
    shared: Buffer.concat([texts, encodedBigints(resource.id, row.id)]),
    logShared: encodedTexts(boundedOrNull(attributeText(attributes, 'host.name')), scope.name || undefined),
  }
}

function boundedOrNull(value: string | undefined): string | undefined {
  return value === undefined ? undefined : boundedText(value)
}

function resourceRow(resource: Resource): DimensionRow {
  const refs = resource.entityRefs.map(ref => ({
    schema_url: clean(ref.schemaUrl),
    type: clean(ref.type),
    id_keys: ref.idKeys.map(clean),
    description_keys: ref.descriptionKeys.map(clean),
  }))
  return dimensionRow('telemetry_resources', [
    canonicalJson(resource.attributes),
    storableCount(resource.droppedAttributesCount),
    clean(resource.schemaUrl),
    refs.length === 0 ? null : JSON.stringify(refs),
  ])
}

function scopeRow(scope: Scope): DimensionRow {
  return dimensionRow('telemetry_scopes', [
    clean(scope.name),
    clean(scope.version),
    canonicalJson(scope.attributes),
    storableCount(scope.droppedAttributesCount),
    clean(scope.schemaUrl),
  ])
}

/** The id is the first 64 bits of SHA-256 over the row's content: every replica computes the same. */
function dimensionRow(table: DimensionRow['table'], values: DimensionRow['values']): DimensionRow {
  return { table, id: hash('sha256', JSON.stringify([table, values]), 'buffer').readBigInt64BE(0), values }
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
  const pairs = [...attributes].sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.map(([key, value]) => `${JSON.stringify(clean(key))}:${canonicalJson(value)}`)
}

/** What PostgreSQL can hold of a text: no NUL, no lone surrogate. */
function clean(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

const INTEGER_MAX = 2_147_483_647

/** OTLP's counts of dropped parts are 32 bits unsigned, the column has 31: past that the figure is the largest. */
export function storableCount(count: number): number {
  return Math.min(count, INTEGER_MAX)
}
