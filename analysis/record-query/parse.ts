import { nearestNames } from '../nearest-names.ts'
import { FIELDS, type Field, fieldNamed } from './fields.ts'
import { type Token, tokensOf } from './tokens.ts'

export interface Word {
  readonly text: string
  readonly negated: boolean
  readonly isPhrase: boolean
}

export interface Filter {
  /** A name of FIELDS, or `attribute`. */
  readonly field: string
  /** Of the attribute; the field's name otherwise. */
  readonly key: string
  readonly negated: boolean
  /** One of them. */
  readonly values: readonly string[]
  /** Of `duration`, in milliseconds. */
  readonly bounds?: { readonly minMs: number; readonly maxMs: number }
}

/** What is wrong with a piece of the question, and what may stand there. */
export interface Fault {
  readonly start: number
  readonly end: number
  readonly message: string
}

export interface RecordQuery {
  readonly words: readonly Word[]
  readonly filters: readonly Filter[]
  readonly from: Date
  readonly to: Date
  /** Since and until were given, and hold. */
  readonly hasRange: boolean
  readonly faults: readonly Fault[]
}

export const DEFAULT_RANGE_MS = 3_600_000

/**
 * What people type: words, `"phrases"`, `field:value`, `field:"a value"`, `field:a,b`, `-` before what must not be.
 * What cannot be understood is in `faults` and has no effect. Pure: `now` is what ages are counted from.
 */
export function parseRecordQuery(text: string, now: Date): RecordQuery {
  const words: Word[] = []
  const filters: Filter[] = []
  const faults: Fault[] = []
  const times: { since?: Date; until?: Date } = {}
  for (const token of tokensOf(text)) {
    const fault = (message: string) => faults.push({ start: token.start, end: token.end, message })
    if (token.isOpen) fault('the quotes are not closed')
    if (token.key === undefined) {
      const said = token.values.join(',')
      if (/[\p{L}\p{N}]/u.test(said)) words.push({ text: said, negated: token.negated, isPhrase: token.isQuoted })
      else if (said !== '') fault(`${JSON.stringify(said)} has no letter and no digit to look for`)
      continue
    }
    const read = readFilter(token, token.key, now)
    if (typeof read === 'string') fault(read)
    else if (read instanceof Date) times[token.key.toLowerCase() as 'since' | 'until'] = read
    else filters.push(read)
  }
  const to = times.until ?? now
  const from = times.since ?? new Date(+to - DEFAULT_RANGE_MS)
  const hasRange = times.since !== undefined || times.until !== undefined
  if (from < to) return { words, filters, from, to, hasRange, faults }
  faults.push({ start: 0, end: text.length, message: 'since is not before until' })
  return { words, filters, from: new Date(+to - DEFAULT_RANGE_MS), to, hasRange, faults }
}

function readFilter({ negated, values }: Token, typed: string, now: Date): Filter | Date | string {
  const field = fieldNamed(typed)
  if (field === undefined) {
    const key = typed.startsWith('attr.') ? typed.slice(5) : typed
    if (key === typed && !/[._]/.test(typed)) return unknownField(typed)
    if (values.join('') === '') return `${typed} needs a value, such as ${typed}:17`
    return { field: 'attribute', key, negated, values }
  }
  const { name, form } = field
  if (values.join('') === '') return `${name} needs a value, such as ${field.example}`
  if (form === 'time') return negated ? `${name} cannot be negated` : timeOf(name, values.join(','), now)
  if (form === 'duration') {
    const bounds = boundsOf(values.join(','))
    if (bounds === undefined)
      return `${name} is compared with a time, such as duration:>500ms, duration:<2s or duration:100ms..1s`
    return { field: name, key: name, negated, values, bounds }
  }
  const shape = FORMS[name]
  const wrong = shape === undefined ? undefined : values.find(value => !shape.pattern.test(value))
  if (wrong !== undefined) return `${name} is ${shape!.words}; ${JSON.stringify(wrong)} is not`
  return form === 'one_of' ? oneOf(field, values, negated) : { field: name, key: name, negated, values }
}

const FORMS: Readonly<Record<string, { readonly pattern: RegExp; readonly words: string }>> = {
  problem: { pattern: /^[0-9a-f]{16}$/i, words: 'a fingerprint of 16 hex digits' },
  trace: { pattern: /^[0-9a-f]{32}$/i, words: 'a trace id of 32 hex digits' },
}

function oneOf({ name, values: allowed = [] }: Field, values: readonly string[], negated: boolean): Filter | string {
  const lower = values.map(value => ALSO[value.toLowerCase()] ?? value.toLowerCase())
  const unknown = lower.find(value => !allowed.includes(value))
  if (unknown !== undefined) return `${name} is one of ${allowed.join(', ')}; ${JSON.stringify(unknown)} is not`
  return { field: name, key: name, negated, values: lower }
}

const ALSO: Readonly<Record<string, string>> = {
  warning: 'warn',
  critical: 'fatal',
  logs: 'log',
  spans: 'span',
  err: 'error',
}

function unknownField(typed: string): string {
  const names = FIELDS.map(({ name }) => name)
  const [nearest] = nearestNames(names, typed.toLowerCase(), 1)
  return `there is no field ${JSON.stringify(typed)}; did you mean ${nearest}? Fields: ${names.join(', ')}, and any attribute with a dot or an underscore in its name (attr.${typed}:… for one without); to look for the text, put it in quotes`
}

const UNITS_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

function lengthOf(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(us|µs|ms|s|min|m|h|d|w)$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * UNITS_MS[unit!]!
}

/** An age, or a time in ISO 8601; a date alone begins at midnight UTC. */
function timeOf(name: string, text: string, now: Date): Date | string {
  if (text === 'now') return now
  const age = lengthOf(text)
  const time = age === undefined ? Date.parse(/T/.test(text) ? text : `${text}T00:00:00Z`) : +now - age
  if (!Number.isFinite(time) || Math.abs(time) > MAX_TIME_MS) {
    return `${name} is an age such as 15m, 1h or 7d, or a time such as 2026-11-21T10:00:00Z; ${JSON.stringify(text)} is neither`
  }
  return new Date(time)
}

/** Year 9999: what a database and a person both write the same. */
const MAX_TIME_MS = 253_402_300_799_000

function boundsOf(text: string): Filter['bounds'] {
  const [, low, high] = /^(.+)\.\.(.+)$/.exec(text) ?? []
  const [, sign, one] = /^([<>])=?(.+)$/.exec(text) ?? []
  const min = lengthOf(low ?? (sign === '>' ? one! : '0ms'))
  const max = lengthOf(high ?? (sign === '<' ? one! : '36500d'))
  if (min === undefined || max === undefined || (low === undefined && sign === undefined)) return undefined
  return { minMs: min, maxMs: max }
}
