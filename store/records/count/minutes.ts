import type { RecordQuery } from '../../../analysis/record-query/parse.ts'
import { listOf, type Read, textOrNone } from '../../reading.ts'
import { barsOf, facetsOf, PATTERNS_MAX, patternsOf, type RecordCounts } from './sums.ts'

const BY_MINUTE = ['service', 'env', 'level', 'problem', 'kind']

/** Whether nothing is asked for but what minutes tell. */
export function isCountedByMinute({ words, filters }: RecordQuery): boolean {
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

/**
 * Bars and facets are of sums that know no pattern, of which there may be as many as records; only for the most frequent
 * are minutes told one by one. Sums are of float8: those of bigint are numeric, at several times the price.
 */
export async function countMinutes(
  query: RecordQuery,
  read: Read,
  visible: readonly string[] | null,
  barMs: number,
): Promise<RecordCounts> {
  const values: unknown[] = [query.from, query.to]
  const counted = countedSql(query, visible, value => `$${values.push(value)}`)
  const bar = `date_bin(${barMs / 1_000} * interval '1 second', minute, '2001-01-01Z')`
  const sums = await read(
    `SELECT level, extract(epoch FROM bar)::float8 * 1000 AS at, service, environment, sum(records) AS count
     FROM (SELECT m.service, m.environment, ${LEVEL_OF_PATTERN} AS level, ${bar} AS bar, sum(m.records::float8) AS records
       ${counted} GROUP BY 1, 2, 3, 4) s
     GROUP BY GROUPING SETS ((level, bar), (service), (environment))`,
    values,
  )
  const told = await read(
    `WITH most AS MATERIALIZED (
       SELECT m.fingerprint ${counted} GROUP BY 1 ORDER BY sum(m.records::float8) DESC, 1 LIMIT ${PATTERNS_MAX}
     )
     SELECT fingerprint_hex(s.fingerprint) AS fingerprint, ${LEVEL_OF_PATTERN} AS level, f.kind, left(f.template, 500) AS template, service,
       array_agg(extract(epoch FROM bar)::float8 * 1000) AS bars, array_agg(s.records) AS counts
     FROM (SELECT m.fingerprint, m.service, ${bar} AS bar, sum(m.records::float8) AS records
       ${counted} AND m.fingerprint = ANY (ARRAY(SELECT fingerprint FROM most)) GROUP BY 1, 2, 3) s
       LEFT JOIN fingerprints f USING (fingerprint)
     GROUP BY s.fingerprint, f.fingerprint, service`,
    values,
  )
  const earlier = await read(
    `SELECT fingerprint_hex(m.fingerprint) AS fingerprint, sum(m.records::float8) AS records ${counted}
       AND m.fingerprint = ANY (ARRAY(SELECT fingerprint_of(f) FROM unnest($${values.length + 1}::text[]) f)) GROUP BY m.fingerprint`,
    [new Date(2 * +query.from - +query.to), query.from, ...values.slice(2), told.map(({ fingerprint }) => fingerprint)],
  )
  const span = { from: +query.from, to: +query.to, barMs }
  const having = (key: string) => sums.filter(row => textOrNone(row[key]) !== undefined)
  const valuesOf = (field: string, key: string) =>
    having(key).map(row => ({ count: Number(row.count), values: { [field]: String(row[key]) } }))
  const parts = having('level').map(row => ({ at: Number(row.at), level: String(row.level), count: Number(row.count) }))
  const before = new Map(earlier.map(row => [String(row.fingerprint), Number(row.records)]))
  return {
    ...{ total: parts.reduce((sum, { count }) => sum + count, 0), barMs, basis: 'minutes' },
    countedFrom: query.from.toISOString(),
    bars: barsOf(span, parts),
    facets: facetsOf([
      ...valuesOf('service', 'service'),
      ...valuesOf('env', 'environment'),
      ...valuesOf('level', 'level'),
    ]),
    patterns: patternsOf(span, told.map(toldOf)).map(one => ({ ...one, before: before.get(one.fingerprint) ?? 0 })),
  }
}

/** From `$1` to before `$2`: of ranges of whole minutes to the record. */
function countedSql(
  { filters }: RecordQuery,
  visible: readonly string[] | null,
  parameter: (value: unknown) => string,
): string {
  const where = filters.map(({ field, values: some, negated }) => {
    const not = negated ? 'NOT ' : ''
    if (field === 'service') return `${not}m.service = ANY (${parameter(some)}::text[])`
    if (field === 'env')
      return `${not}(${some.map(env => `is_among(m.environment, environment_names(${parameter(env)}))`).join(' OR ')})`
    if (field === 'level') return `${not}${LEVEL_OF_PATTERN} = ANY (${parameter(some)}::text[])`
    if (field === 'kind') return `${not}f.kind = 'log'`
    return `${not}m.fingerprint = ANY (ARRAY(SELECT fingerprint_of(f) FROM unnest(${parameter(some)}::text[]) f))`
  })
  if (visible !== null) where.push(`is_among(m.service, ${parameter(visible)}::text[])`)
  return `FROM fingerprint_minutes m LEFT JOIN fingerprints f USING (fingerprint)
    WHERE ${['minute >= $1', 'minute < $2', ...where].join(' AND ')}`
}

function toldOf(row: Readonly<Record<string, unknown>>) {
  const counts = listOf(row.counts)
  return {
    ...{ fingerprint: String(row.fingerprint), level: String(row.level), kind: textOrNone(row.kind) ?? '' },
    ...{ template: textOrNone(row.template) ?? '', service: String(row.service) },
    counts: listOf(row.bars).map((at, i) => ({ at: Number(at), count: Number(counts[i]) })),
  }
}
