import type { RecordKind } from '../../analysis/record-query/fields.ts'
import type { RecordQuery } from '../../analysis/record-query/parse.ts'
import type { Read } from '../reading.ts'
import { type FindOptions, findRecords } from './find.ts'

export interface Bar {
  /** Milliseconds since 1970. */
  readonly at: number
  /** By level. */
  readonly counts: Readonly<Record<string, number>>
}

export interface Facet {
  readonly field: string
  readonly values: readonly { readonly value: string; readonly count: number }[]
}

export interface Pattern {
  readonly fingerprint: string
  readonly template: string
  readonly level: string
  readonly kind: string
  readonly services: readonly string[]
  readonly count: number
  /** In a range as long, right before. Undefined where that was not counted. */
  readonly before?: number
  /** Of each bar. */
  readonly trend: readonly number[]
}

export interface RecordCounts {
  readonly total: number
  readonly barMs: number
  readonly bars: readonly Bar[]
  readonly facets: readonly Facet[]
  readonly patterns: readonly Pattern[]
  /**
   * `minutes`: all records that have a pattern, counted by the minute as they were stored. `newest`: of the newest
   * records alone, so many as `total` says, back to `countedFrom`.
   */
  readonly basis: 'minutes' | 'newest'
  readonly countedFrom: string
}

/** Bars of a histogram: what a screen can show apart. */
const BARS = 60
const STEPS_MS = [1, 5, 15, 30]
  .map(s => s * 1_000)
  .concat([1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440].map(m => m * 60_000))
/** Of records that are looked at one by one. */
const NEWEST = 4_000
const PATTERNS_MAX = 50
const FACET_VALUES_MAX = 12
/** A range below this is counted exactly by its records. */
const MINUTES_FROM_MS = 600_000

/** The length of a bar, so that a range has 60 of them at most, of a length that people know. */
export function barLength(rangeMs: number): number {
  return STEPS_MS.find(step => rangeMs / step <= BARS) ?? Math.ceil(rangeMs / BARS / DAY_MS) * DAY_MS
}

const DAY_MS = 86_400_000

/**
 * How many records a question finds: over time, by service, environment, level and kind, by pattern. Where only these are
 * asked for, minutes that were counted as records were stored tell it for any range at once.
 */
export async function countRecords(
  query: RecordQuery,
  options: Omit<FindOptions, 'limit' | 'before' | 'skip'>,
): Promise<RecordCounts> {
  const rangeMs = +query.to - +query.from
  return isCountedByMinute(query) && rangeMs >= MINUTES_FROM_MS
    ? countMinutes(query, options.read, options.visible, Math.max(60_000, barLength(rangeMs)))
    : countNewest(query, options, barLength(rangeMs))
}

const BY_MINUTE = ['service', 'env', 'level', 'problem', 'kind']

function isCountedByMinute({ words, filters }: RecordQuery): boolean {
  const fits = ({ field, values }: RecordQuery['filters'][number]) =>
    BY_MINUTE.includes(field) &&
    !values.some(value => value.includes('*')) &&
    (field !== 'kind' || values.every(kind => kind === 'log'))
  return words.length === 0 && filters.every(fits)
}

/** Of a pattern: severity as OpenTelemetry numbers it; a failure that is no log line is an error. */
const LEVEL_OF_PATTERN = `CASE WHEN f.kind = 'error' AND f.severity_number < 17 THEN 'error' WHEN f.severity_number >= 21 THEN 'fatal'
  WHEN f.severity_number >= 17 THEN 'error' WHEN f.severity_number >= 13 THEN 'warn' WHEN f.severity_number >= 9 THEN 'info'
  WHEN f.severity_number >= 5 THEN 'debug' WHEN f.severity_number >= 1 THEN 'trace' ELSE 'info' END`

async function countMinutes(
  query: RecordQuery,
  read: Read,
  visible: readonly string[] | null,
  barMs: number,
): Promise<RecordCounts> {
  const values: unknown[] = [query.from, query.to]
  const parameter = (value: unknown) => `$${values.push(value)}`
  const where = query.filters.map(({ field, values: some, negated }) => {
    const not = negated ? 'NOT ' : ''
    if (field === 'service') return `${not}m.service = ANY (${parameter(some)}::text[])`
    if (field === 'env')
      return `${not}(${some.map(env => `is_among(m.environment, environment_names(${parameter(env)}))`).join(' OR ')})`
    if (field === 'level') return `${not}${LEVEL_OF_PATTERN} = ANY (${parameter(some)}::text[])`
    if (field === 'kind') return `${not}f.kind = 'log'`
    return `${not}m.fingerprint = ANY (ARRAY(SELECT fingerprint_of(f) FROM unnest(${parameter(some)}::text[]) f))`
  })
  if (visible !== null) where.push(`is_among(m.service, ${parameter(visible)}::text[])`)
  const counted = `FROM fingerprint_minutes m LEFT JOIN fingerprints f USING (fingerprint)
    WHERE ${['minute > $1', 'minute <= $2', ...where].join(' AND ')}`
  // Read twice rather than kept for the second time: with many patterns it is more than memory holds. Sums are of float8:
  // those of bigint are numeric, at several times the price.
  const rows = await read(
    `WITH most AS MATERIALIZED (
       SELECT m.fingerprint ${counted} GROUP BY 1 ORDER BY sum(m.records::float8) DESC, 1 LIMIT ${PATTERNS_MAX}
     ), told AS (
       -- Patterns that are not shown are counted with the others of their service: there may be as many as problems.
       SELECT most.fingerprint, c.level, c.kind, c.service, c.environment, c.bar, sum(c.records::float8) AS records
       FROM (SELECT m.fingerprint, m.service, m.environment, m.records, f.kind, ${LEVEL_OF_PATTERN} AS level,
           date_bin(${barMs / 1_000} * interval '1 second', minute, '2001-01-01Z') AS bar ${counted}) c
         LEFT JOIN most USING (fingerprint)
       GROUP BY 1, 2, 3, 4, 5, 6
     )
     SELECT coalesce(fingerprint_hex(t.fingerprint), '') AS fingerprint, level, t.kind, coalesce(left(f.template, 500), '') AS template,
       service, environment, sum(t.records) AS count,
       array_agg(extract(epoch FROM bar)::float8 * 1000 ORDER BY bar) AS bars, array_agg(t.records ORDER BY bar) AS counts
     FROM told t LEFT JOIN fingerprints f USING (fingerprint)
     GROUP BY t.fingerprint, level, t.kind, f.template, service, environment ORDER BY count DESC`,
    values,
  )
  const listed = rows.map(row => ({
    ...{ fingerprint: textOf(row.fingerprint), level: textOf(row.level), kind: textOf(row.kind) },
    ...{ template: textOf(row.template), service: textOf(row.service), environment: textOf(row.environment) },
    count: Number(row.count),
    bars: (row.bars as number[]).map((at, i) => ({ at: Number(at), count: Number((row.counts as unknown[])[i]) })),
  }))
  const of = {
    from: +query.from,
    to: +query.to,
    barMs,
    basis: 'minutes',
    countedFrom: query.from.toISOString(),
  } as const
  const sums = summed(listed, of)
  const shown = sums.patterns.map(({ fingerprint }) => fingerprint)
  const earlier = await read(
    `SELECT fingerprint_hex(m.fingerprint) AS fingerprint, sum(m.records::float8) AS records ${counted}
       AND m.fingerprint = ANY (ARRAY(SELECT fingerprint_of(f) FROM unnest(${parameter(shown)}::text[]) f)) GROUP BY m.fingerprint`,
    [new Date(2 * +query.from - +query.to), query.from, ...values.slice(2)],
  )
  const before = new Map(earlier.map(row => [textOf(row.fingerprint), Number(row.records)]))
  return { ...sums, patterns: sums.patterns.map(one => ({ ...one, before: before.get(one.fingerprint) ?? 0 })) }
}

async function countNewest(
  query: RecordQuery,
  options: Omit<FindOptions, 'limit' | 'before' | 'skip'>,
  barMs: number,
): Promise<RecordCounts> {
  const { rows, hasMore, lookedBackTo } = await findRecords(query, { ...options, limit: NEWEST })
  const counted = rows.map(row => ({
    ...{ fingerprint: textOf(row.fingerprint), level: textOf(row.level) || 'info', kind: row.kind, template: '' },
    ...{ service: textOf(row.service), environment: textOf(row.environment), count: 1 },
    bars: [{ at: Math.floor(Date.parse(row.timestamp) / barMs) * barMs, count: 1 }],
    more: {
      operation: textOf(row.name),
      error: textOf(row.error_type),
      release: textOf(row.release),
      node: textOf(row.node_id),
    },
  }))
  const countedFrom = lookedBackTo ?? (hasMore ? rows.at(-1)?.timestamp : undefined) ?? query.from.toISOString()
  const sums = summed(counted, { from: +query.from, to: +query.to, barMs, basis: 'newest', countedFrom })
  const templates = await templatesOf(
    options.read,
    sums.patterns.map(({ fingerprint }) => fingerprint),
  )
  return { ...sums, patterns: sums.patterns.map(one => ({ ...one, template: templates.get(one.fingerprint) ?? '' })) }
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}

async function templatesOf(read: Read, fingerprints: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (fingerprints.length === 0) return new Map()
  const rows = await read(
    `SELECT fingerprint_hex(fingerprint) AS fingerprint, left(template, 500) AS template FROM fingerprints
     WHERE fingerprint = ANY (ARRAY(SELECT fingerprint_of(f) FROM unnest($1::text[]) f))`,
    [fingerprints],
  )
  return new Map(rows.map(({ fingerprint, template }) => [String(fingerprint), String(template)]))
}

interface Counted {
  readonly fingerprint: string
  readonly level: string
  readonly kind: RecordKind | string
  readonly template: string
  readonly service: string
  readonly environment: string
  readonly count: number
  readonly bars: readonly { readonly at: number; readonly count: number }[]
  readonly more?: Readonly<Record<string, string>>
}

interface Span {
  readonly from: number
  readonly to: number
  readonly barMs: number
  readonly basis: RecordCounts['basis']
  readonly countedFrom: string
}

function summed(counted: readonly Counted[], { from, to, barMs, basis, countedFrom }: Span): RecordCounts {
  const first = Math.floor(from / barMs) * barMs
  const length = Math.max(1, Math.ceil((to - first) / barMs))
  const place = (at: number) => Math.min(length - 1, Math.max(0, Math.floor((at - first) / barMs)))
  const levels = Array.from({ length }, () => new Map<string, number>())
  const facets = new Map<string, Map<string, number>>()
  const patterns = new Map<string, { one: Counted; services: Set<string>; count: number; trend: number[] }>()
  const add = (field: string, value: string, count: number) => {
    if (value === '') return
    const values = facets.get(field) ?? new Map<string, number>()
    facets.set(field, values.set(value, (values.get(value) ?? 0) + count))
  }
  let total = 0
  for (const one of counted) {
    total += one.count
    const { service, environment, level, kind, more = {} } = one
    const known = Object.entries({ service, env: environment, level, ...(basis === 'newest' ? { kind } : {}), ...more })
    if (one.count > 0) for (const [field, value] of known) add(field, value, one.count)
    for (const { at, count } of one.bars) {
      const bar = levels[place(at)]!
      bar.set(level, (bar.get(level) ?? 0) + count)
    }
    if (one.fingerprint === '') continue
    const pattern = patterns.get(one.fingerprint) ?? {
      one,
      services: new Set(),
      count: 0,
      trend: Array<number>(length).fill(0),
    }
    patterns.set(one.fingerprint, pattern)
    pattern.count += one.count
    if (one.count > 0) pattern.services.add(service)
    for (const { at, count } of one.bars) pattern.trend[place(at)]! += count
  }
  return {
    ...{ total, barMs, basis, countedFrom },
    bars: levels.map((bar, i) => ({ at: first + i * barMs, counts: Object.fromEntries(bar) })),
    facets: [...facets].map(([field, values]) => ({
      field,
      values: [...values]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count)
        .slice(0, FACET_VALUES_MAX),
    })),
    patterns: [...patterns.values()]
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
      .slice(0, PATTERNS_MAX)
      .map(({ one, services, count, trend }) => ({
        ...{
          fingerprint: one.fingerprint,
          template: one.template,
          level: one.level,
          kind: one.kind,
          services: [...services].sort(),
          count,
          trend,
        },
      })),
  }
}
