import type { RecordKind } from '../../analysis/record-query/fields.ts'
import type { Read } from '../reading.ts'
import type { Conditions } from './conditions.ts'
import { columnsOf, countedColumnsOf, type Source } from './sources.ts'

export type RecordRow = Readonly<Record<string, unknown>> & {
  readonly timestamp: string
  readonly kind: RecordKind
  readonly ref: string
}

export interface RowsWanted {
  readonly read: Read
  readonly source: Source
  readonly conditions: Conditions
  /** Attributes that are columns of the rows, too. */
  readonly attributes: readonly string[]
  /** Of the columns only those that records are counted by. */
  readonly isCounted: boolean
  /** Not this time itself, but all after it, up to `to` with it. */
  readonly from: string
  readonly to: string
  /** Ranges that alone need be looked at. */
  readonly times?: readonly string[] | undefined
  readonly limit: number
}

/** The newest first. */
export async function readRows(wanted: RowsWanted): Promise<readonly RecordRow[]> {
  const { read, source, conditions, attributes, isCounted, from, to, times, limit } = wanted
  const values = [...conditions.values]
  const parameter = (value: unknown) => `$${values.push(value)}`
  const shown =
    attributes.length === 0
      ? ''
      : `, (SELECT jsonb_object_agg(k, left(${source.attributes}->>k, 300)) FROM unnest(${parameter(attributes)}::text[]) k WHERE ${source.attributes} ? k) AS attributes`
  const { time } = source
  const where = [
    `${time} > ${parameter(from)}::timestamptz`,
    `${time} <= ${parameter(to)}::timestamptz`,
    ...conditions.sql,
  ]
  const select = (more: readonly string[]) =>
    `SELECT ${isCounted ? countedColumnsOf(source) : columnsOf(source)}${shown} FROM ${source.table} r WHERE ${[...more, ...where].join(' AND ')}
     ORDER BY ${time} DESC, ${source.ref} LIMIT ${limit}`
  const sql =
    times === undefined
      ? select([])
      : `SELECT found.* FROM unnest(${parameter(times)}::tstzrange[]) t CROSS JOIN LATERAL (
           ${select([`${time} >= lower(t)`, `${time} <= upper(t)`])}) found ORDER BY found.timestamp DESC, found.ref LIMIT ${limit}`
  // The columns of SOURCES.
  return (await read(sql, values)) as unknown as readonly RecordRow[]
}

/** Of instants in UTC, to the millisecond or to the microsecond. */
export function isBefore(a: string, b: string): boolean {
  return a.slice(0, -1) < b.slice(0, -1)
}
