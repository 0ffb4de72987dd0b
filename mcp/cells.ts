import pg from 'pg'
import type { Json, Row } from './answer.ts'

const OIDS = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184, interval: 1186, numeric: 1700 } as const
/** So many digits a double holds whatever they are. */
const EXACT_DIGITS_MAX = 15

const PARSERS: Readonly<Record<number, (text: string) => number | string>> = {
  [OIDS.int8]: exactInteger,
  [OIDS.numeric]: exactNumber,
  // pg makes an instant of the server's time zone from these, which they are not.
  [OIDS.date]: text => text,
  [OIDS.timestamp]: text => text.replace(' ', 'T'),
  [OIDS.timestamptz]: instant,
  [OIDS.interval]: text => text,
}

/**
 * Numbers are numbers where a double holds them, else their digits as text. Times keep their microseconds: two rows of
 * one millisecond are told apart, and a page goes on exactly where the last one ended.
 */
export const CELL_TYPES = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    PARSERS[oid] ?? pg.types.getTypeParser(oid, format as 'text'), // its overloads split the two
}

function exactInteger(text: string): number | string {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

function exactNumber(text: string): number | string {
  const digits = text
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/^-?0*\.?0*/, '')
    .replace('.', '')
  const number = Number(text)
  return digits.length <= EXACT_DIGITS_MAX && Number.isFinite(number) ? number : text
}

/** `2026-11-21 10:00:00.123456+00`, as the session's UTC gives it, in ISO 8601; milliseconds where that is all. */
function instant(text: string): string {
  const parts = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text)
  if (parts === null) return text
  const [, day, time, fraction = ''] = parts
  return `${day}T${time}.${fraction.padEnd(fraction.length > 3 ? 6 : 3, '0')}Z`
}

/** An absent value is left out unless it is wanted: it says nothing, and costs tokens. */
export function rowOf(row: Readonly<Record<string, unknown>>, keepsNulls: boolean): Row {
  return Object.fromEntries(
    Object.entries(row).flatMap(([key, value]): [string, Json][] =>
      value === null || value === undefined ? (keepsNulls ? [[key, null]] : []) : [[key, jsonOf(value)]],
    ),
  )
}

/** A document may be thousands of levels deep, and whoever reads an answer goes down a few. */
const LEVELS_MAX = 32

function jsonOf(value: unknown, level = 0): Json {
  if (level > LEVELS_MAX) return `… (deeper than ${LEVELS_MAX} levels)`
  if (value instanceof Date) return Number.isNaN(+value) ? null : value.toISOString()
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(item => jsonOf(item, level + 1))
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonOf(inner, level + 1)]))
  }
  return value as Json // what pg makes of the other types
}
