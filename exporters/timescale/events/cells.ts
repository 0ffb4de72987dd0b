import type { AttributeValue } from '../../../pipeline/model/index.ts'
import { boundedText } from '../bounded-text.ts'
import { UnstorableError } from '../copy-buffer.ts'
import { canonicalJson } from '../dimensions.ts'
import type { Pen } from '../rows/pen.ts'
import type { ColumnType } from '../table.ts'
import type { Moment, SourceValue } from './sources.ts'

/** A column of an event table as the database has it. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly isRequired: boolean
  /** In an index, whose entries are bounded. */
  readonly isIndexed: boolean
}

type Present = Exclude<SourceValue, undefined>
type WriteCell = (pen: Pen, value: Present, column: Column) => void

/** Writes the value as a field of the column. @throws UnstorableError when it does not fit, with what would. */
export function writeCell(pen: Pen, value: SourceValue, column: Column, source: string): void {
  if (value === undefined || value === null) {
    if (column.isRequired) throw new UnstorableError(`the event has no ${source}, which ${column.name} needs`)
    pen.out.null()
    return
  }
  try {
    CELLS[column.type](pen, value, column)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw new UnstorableError(`${source} is ${shown(value)}; the column ${column.name} takes ${error.message}`)
  }
}

/** The message says what the column takes. */
class Misfit extends Error {}

const CELLS: Record<ColumnType, WriteCell> = {
  text: ({ out }, value, { isIndexed }) => {
    const text = textOf(value)
    out.text(isIndexed ? boundedText(text) : text)
  },
  timestamptz: ({ out }, value, { name }) => out.timestamp(unixNanoOf(value), name),
  smallint: ({ out }, value) => out.int16(Number(integerOf(value, 15n))),
  integer: ({ out }, value) => out.int32(Number(integerOf(value, 31n))),
  bigint: ({ out }, value) => out.int64(integerOf(value, 63n)),
  'double precision': ({ out }, value) => out.float64(numberOf(value)),
  boolean: ({ out }, value) => out.boolean(booleanOf(value)),
  jsonb: ({ json }, value) => json.valueField(isMoment(value) ? value.unixNano : value),
  bytea: ({ out }, value) => {
    if (!(value instanceof Uint8Array)) throw new Misfit('bytes')
    out.bytea(value)
  },
  uuid: ({ out }, value) => out.fields(encodedUuid(value)),
  'bigint[]': () => unsupported(),
  'double precision[]': () => unsupported(),
}

/** Types that a column of an event table may have. */
export const CELL_TYPES: readonly ColumnType[] = [
  'text',
  'timestamptz',
  'smallint',
  'integer',
  'bigint',
  'double precision',
  'boolean',
  'jsonb',
  'bytea',
  'uuid',
]

function unsupported(): never {
  throw new Error('the schema check lets no such column through')
}

function isMoment(value: Present): value is Moment {
  return typeof value === 'object' && value !== null && 'unixNano' in value
}

function textOf(value: Present): string {
  if (typeof value === 'string') return value
  if (isMoment(value)) return String(value.unixNano)
  return typeof value === 'object' ? canonicalJson(value) : String(value)
}

/** ISO 8601 with an offset, or an integer: nanoseconds since 1970, OTLP's unit. */
function unixNanoOf(value: Present): bigint {
  if (isMoment(value)) return value.unixNano
  if (typeof value === 'bigint' && value >= 0n) return value
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/i.test(value)) {
    const millis = Date.parse(value)
    if (Number.isFinite(millis) && millis >= 0) return BigInt(millis) * 1_000_000n
  }
  throw new Misfit('a time: ISO 8601 with its offset, or nanoseconds since 1970')
}

function integerOf(value: Present, bits: bigint): bigint {
  const fits = typeof value === 'string' ? /^-?\d{1,19}$/.test(value) : Number.isInteger(value)
  const integer = typeof value === 'bigint' ? value : fits ? BigInt(value as string | number) : undefined // tested above
  const limit = 1n << bits
  if (integer === undefined || integer < -limit || integer >= limit) {
    throw new Misfit(`an integer from ${-limit} to ${limit - 1n}`)
  }
  return integer
}

function numberOf(value: Present): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
  throw new Misfit('a number')
}

function booleanOf(value: Present): boolean {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new Misfit('true or false')
}

function encodedUuid(value: Present): Buffer {
  const hex = typeof value === 'string' ? value.replaceAll('-', '') : ''
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new Misfit('a UUID')
  return Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from(hex, 'hex')])
}

const SHOWN_CHARS_MAX = 60

function shown(value: Present): string {
  const text = JSON.stringify(textOf(value as AttributeValue | Moment))
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}…`
}
