import type { RecordKind } from '../../analysis/record-query/fields.ts'
import type { Filter, RecordQuery, Word } from '../../analysis/record-query/parse.ts'
import type { Read } from '../reading.ts'
import type { Source } from './sources.ts'

/** What a question asks of a source: SQL with numbered parameters. */
export interface Conditions {
  readonly sql: readonly string[]
  readonly values: readonly unknown[]
  /** An index leads to the few that have an id. */
  readonly isLedById: boolean
  /** An index leads to those of a time that failed. */
  readonly isOfErrors: boolean
}

/** What a word of a question looks like to the database. */
export interface Term {
  readonly word: Word
  readonly likes: readonly string[]
  readonly patterns: readonly string[]
  readonly tokens: readonly string[]
}

/**
 * The words of a question as terms, read once: the function, called for each row, would cost more than all else.
 * @throws a DatabaseError 22023 where a word has nothing that can be looked for
 */
export async function readTerms(read: Read, { words }: RecordQuery): Promise<readonly Term[]> {
  const terms: Term[] = []
  for (const word of words) {
    const [row] = await read('SELECT likes, patterns, tokens FROM search_terms($1)', [termOf(word)])
    const { likes, patterns, tokens } = row as unknown as Omit<Term, 'word'> // its OUT parameters
    terms.push({ word, likes, patterns, tokens })
  }
  return terms
}

/** Kinds that a question is about: those that it names, and of the others those that it can be true of. */
export function kindsOf({ filters }: RecordQuery, all: readonly RecordKind[]): readonly RecordKind[] {
  return filters
    .filter(({ field }) => field === 'kind')
    .reduce((left, { values, negated }) => left.filter(kind => values.includes(kind) !== negated), all)
}

/** Of spans those that failed, where nothing in the question is about spans. */
export function isOfFailedSpans({ filters }: RecordQuery): boolean {
  const ofSpans = (filter: Filter) => !filter.negated && SPAN_FIELDS.includes(filter.field)
  return (
    !filters.some(ofSpans) &&
    !filters.some(({ field, values, negated }) => field === 'kind' && !negated && values.includes('span'))
  )
}

const SPAN_FIELDS = ['status', 'duration', 'trace']

const COLUMNS: Readonly<Record<string, Exclude<keyof Source, 'rows' | 'blocks'>>> = {
  service: 'service',
  level: 'level',
  trace: 'traceId',
  request: 'requestId',
  user: 'userId',
  deal_id: 'dealId',
  node: 'nodeId',
  operation: 'name',
  release: 'release',
  error: 'errorType',
  status: 'status',
}
/** An index leads to the records of a value. */
const INDEXED = ['trace', 'request', 'user', 'deal_id', 'node']

/**
 * The conditions of a question on `r`, a row of the source; undefined where no record of it can fulfil them.
 *
 * @param services that the asker may see; null is all
 */
export function conditionsOn(
  source: Source,
  query: RecordQuery,
  terms: readonly Term[],
  services: readonly string[] | null,
): Conditions | undefined {
  const values: unknown[] = []
  const parameter = (value: unknown) => `$${values.push(value)}`
  const sql: string[] = []
  let isLedById = false
  let isOfErrors = false
  for (const filter of query.filters) {
    if (filter.field === 'kind') continue
    const condition = conditionOf(source, filter, parameter)
    if (condition === undefined) return undefined
    if (condition !== '') sql.push(condition)
    isLedById ||= !filter.negated && INDEXED.includes(filter.field) && !hasWildcard(filter)
    isOfErrors ||= !filter.negated && isErrorLevel(source, filter)
  }
  for (const term of terms) sql.push(termCondition(source, term, parameter))
  if (source.kind === 'span' && isOfFailedSpans(query)) sql.push(`r.status = 'error'`)
  isOfErrors ||= source.kind === 'span' && sql.includes(`r.status = 'error'`)
  if (services !== null) sql.push(`is_among(${source.service}, ${parameter(services)}::text[])`)
  return { sql, values, isLedById, isOfErrors }
}

/** Of these a shape tells, which rows share. */
const OF_SHAPE = ['service', 'env', 'release']

/** What a question says of shapes, as `conditionsOn` on `r`, a row of them; undefined where it names none. */
export function conditionsOnShapes(
  source: Source,
  { filters }: RecordQuery,
): Pick<Conditions, 'sql' | 'values'> | undefined {
  const values: unknown[] = []
  const told = filters.filter(({ field, negated }) => !negated && OF_SHAPE.includes(field))
  if (!told.some(({ field }) => field !== 'env')) return undefined
  const sql = told.flatMap(filter => conditionOf(source, filter, value => `$${values.push(value)}`) ?? [])
  return { sql, values }
}

/** Empty where it is true of all records of the source; undefined where of none. */
function conditionOf(source: Source, filter: Filter, parameter: (value: unknown) => string): string | undefined {
  const { field, key, values, negated, bounds } = filter
  const not = negated ? 'NOT ' : ''
  if (field === 'env') {
    return `${not}(${values.map(value => `is_among(${source.environment}, environment_names(${parameter(value)}))`).join(' OR ')})`
  }
  if (field === 'problem') {
    const among = `r.fingerprint = ANY (ARRAY(SELECT fingerprint_of(f) FROM unnest(${parameter(values)}::text[]) f))`
    return negated ? `coalesce(NOT ${among}, true)` : among
  }
  if (field === 'attribute') {
    const among = anyOf(`${source.attributes}->>${parameter(key)}`, values, parameter)
    return negated ? `coalesce(NOT ${among}, true)` : among
  }
  if (bounds !== undefined) {
    if (source.durationMs === 'NULL') return negated ? '' : undefined
    return `${not}(r.duration_ms >= ${parameter(bounds.minMs)} AND r.duration_ms <= ${parameter(bounds.maxMs)})`
  }
  if (field === 'level' && source.kind === 'span') {
    // Said of the column, so that the index of failed spans serves.
    const [failed, others] = [values.includes('error') !== negated, values.includes('info') !== negated]
    if (failed && others) return ''
    return failed ? `r.status = 'error'` : others ? `r.status <> 'error'` : undefined
  }
  const column = source[COLUMNS[field]!]!
  if (column === 'NULL') return negated ? '' : undefined
  if (field === 'level' && source.kind === 'log' && !negated && isErrorLevel(source, filter)) {
    return `r.level IN ('error', 'fatal') AND ${anyOf(column, values, parameter)}`
  }
  const among = anyOf(column, field === 'trace' ? values.map(value => value.toLowerCase()) : values, parameter)
  return negated ? `coalesce(NOT ${among}, true)` : among
}

function isErrorLevel({ kind }: Source, { field, values }: Filter): boolean {
  return kind === 'log' && field === 'level' && values.every(value => value === 'error' || value === 'fatal')
}

/** `*` in a value stands for anything. */
function hasWildcard({ values }: Pick<Filter, 'values'>): boolean {
  return values.some(value => value.includes('*'))
}

function anyOf(column: string, values: readonly string[], parameter: (value: unknown) => string): string {
  if (!hasWildcard({ values })) return `${column} = ANY (${parameter(values)}::text[])`
  const patterns = values.map(value => value.replaceAll(/[\\%_]/g, one => `\\${one}`).replaceAll('*', '%'))
  return `${column} LIKE ANY (${parameter(patterns)}::text[])`
}

function termCondition(source: Source, { word, likes, patterns }: Term, parameter: (value: unknown) => string): string {
  const lower = `ascii_lower(${source.text})`
  const holds = `${lower} LIKE ALL (${parameter(likes)}::text[]) AND ${lower} ~ ALL (${parameter(patterns)}::text[])`
  return word.negated ? `NOT (${holds})` : holds
}

/** As `search_terms` takes it: a phrase in quotes. */
function termOf({ text, isPhrase }: Word): string {
  const plain = text.replaceAll('"', ' ')
  return isPhrase || plain !== text ? `"${plain}"` : text
}
