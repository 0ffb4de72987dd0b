import type pg from 'pg'

/** A query's answer as the Postgres datasource hands it to a panel; times in ms since 1970. */
export interface Answer {
  readonly refId: string
  readonly format: string
  readonly fields: readonly { readonly name: string; readonly type: 'time' | 'number' | 'boolean' | 'string' }[]
  readonly rows: readonly (readonly (number | string | boolean | null)[])[]
}

const NUMBERS = new Set([20, 21, 23, 700, 701, 1700])
const TIMES = new Set([1082, 1114, 1184])
const BOOLEAN = 16

export function answerOf(
  { refId, format }: { readonly refId: string; readonly format: string },
  { fields, rows }: pg.QueryArrayResult<unknown[]>,
): Answer {
  const types = fields.map(({ dataTypeID: id, name }) => {
    if (TIMES.has(id) || (format === 'time_series' && name === 'time')) return 'time'
    if (NUMBERS.has(id)) return 'number'
    return id === BOOLEAN ? 'boolean' : 'string'
  })
  const cell = (value: unknown, type: string) => {
    if (value === null) return null
    // `$__timeGroup` gives seconds.
    if (type === 'time') return value instanceof Date ? value.getTime() : 1_000 * Number(value)
    if (type === 'number') return Number(value)
    if (type === 'boolean') return value === true
    return typeof value === 'string' ? value : JSON.stringify(value)
  }
  return {
    refId,
    format,
    fields: fields.map(({ name }, i) => ({ name, type: types[i]! })),
    rows: rows.map(row => row.map((value, i) => cell(value, types[i]!))),
  }
}
