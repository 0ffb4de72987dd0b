/** A row of `timestamp,value`, or what is wrong with it and what to do. */
export type Row =
  | { readonly kind: 'value'; readonly timeMs: number; readonly value: number }
  | { readonly kind: 'header' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'fault'; readonly fault: string }

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
/** Groups: date, time, fraction, zone. Without a zone it is UTC: the same on every machine. */
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i
const SHOWN_MAX_CHARACTERS = 40

/** `isFirst` says that the row may be a header: one whose fields are words. */
export function readRow(line: string, isFirst: boolean): Row {
  const text = (isFirst ? line.replace(/^\uFEFF/, '') : line).trim()
  if (text === '') return { kind: 'empty' }
  const fields = text.split(',').map(field => unquoted(field.trim()))
  const [time = '', value = ''] = fields
  if (isFirst && /^[a-z]/i.test(time) && /^[a-z]/i.test(value) && !isNotANumber(value)) return { kind: 'header' }
  if (fields.length !== 2) {
    return { kind: 'fault', fault: `${fields.length} fields: write two, timestamp,value, with a point in decimals` }
  }
  const timeMs = timeOf(time)
  if (timeMs === undefined) {
    return {
      kind: 'fault',
      fault: `the timestamp ${shown(time)} is neither ISO 8601, as 2026-01-31T12:00:00Z, nor seconds, ms, µs or ns since 1970`,
    }
  }
  const number = NUMBER.test(value) ? Number(value) : Number.NaN
  if (!Number.isFinite(number)) {
    return {
      kind: 'fault',
      fault: `the value ${shown(value)} is not a finite number, as 12.5 or 1e3: leave the row out where nothing was measured`,
    }
  }
  return { kind: 'value', timeMs, value: number }
}

/** Milliseconds since 1970. The size of a number tells its unit, as no time before 1973 or after 5000 is meant. */
function timeOf(text: string): number | undefined {
  if (NUMBER.test(text)) {
    const number = Number(text)
    if (!Number.isFinite(number)) return undefined
    const size = Math.abs(number)
    if (size < 1e11) return number * 1e3
    if (size < 1e14) return number
    return size < 1e17 ? number / 1e3 : number / 1e6
  }
  const [, date, time = '00:00', seconds = '00', fraction = '0', zone = 'Z'] = ISO.exec(text) ?? []
  if (date === undefined) return undefined
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase()
  const ms = Date.parse(`${date}T${time}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`)
  return Number.isNaN(ms) ? undefined : ms
}

function unquoted(field: string): string {
  return /^".*"$/.test(field) ? field.slice(1, -1).trim() : field
}

function isNotANumber(value: string): boolean {
  return /^(nan|inf|infinity|null|none|na)$/i.test(value)
}

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_MAX_CHARACTERS ? `${text.slice(0, SHOWN_MAX_CHARACTERS)}…` : text)
}
