import { z } from 'zod'
import { KINDS } from '../../analysis/record-query/fields.ts'
import { type Fault, parseRecordQuery, type RecordQuery } from '../../analysis/record-query/parse.ts'
import { ToolRefusal } from '../../mcp/refusal.ts'
import { sqlState } from '../../store/connect.ts'
import { readTerms } from '../../store/records/conditions.ts'
import { countRecords, type RecordCounts } from '../../store/records/count/index.ts'
import { findRecords, type RecordRow } from '../../store/records/find.ts'
import { readRecord } from '../../store/records/one.ts'
import { plainStatement } from '../../store/records/statement.ts'
import { endpoint, NotFound, type Reading, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { toolCall } from './tool-call.ts'

const question = z.string().max(2_000).default('')
const instant = z
  .string()
  .max(40)
  .refine(text => !Number.isNaN(Date.parse(text)), 'is no time in ISO 8601')
const PAGE = 100
/** The latest are wanted at once; who asks for older ones waits, and the page does so by itself where little was found. */
const BUDGET_MS = 300
const BUDGET_OF_OLDER_MS = 2_500

export interface RecordsAnswer {
  readonly rows: readonly RecordRow[]
  readonly hasMore: boolean
  readonly lookedBackTo?: string | undefined
  readonly from: string
  readonly to: string
  readonly faults: readonly Fault[]
  /** The same as a call of an MCP tool. */
  readonly tool: { readonly name: string; readonly arguments: object }
}

export const records = endpoint({
  name: 'records',
  query: z.strictObject({
    ...rangeQuery,
    q: question,
    before: instant.optional(),
    skip: z.coerce.number().int().min(0).max(10_000).default(0),
    limit: z.coerce.number().int().min(1).max(500).default(PAGE),
    /** Attributes that are columns, separated by commas. */
    columns: z.string().max(1_000).default(''),
  }),
  async answer(reading, { q, before, skip, limit, columns, ...range }): Promise<RecordsAnswer> {
    const { access } = reading
    const visible = access.services ?? null
    const query = within(reading, q, range)
    const attributes = columns
      .split(',')
      .filter(name => name !== '')
      .slice(0, 20)
    const budgetMs = before === undefined ? BUDGET_MS : BUDGET_OF_OLDER_MS
    const options = { read: access.rows, visible, limit, skip, before, attributes, budgetMs }
    const found = await findRecords(query, options).catch(refuseWords)
    const sql = plainStatement(query, await readTerms(access.rows, query), visible, limit)
    if (sql !== undefined) access.show(sql, [])
    return {
      ...{ rows: found.rows, hasMore: found.hasMore, lookedBackTo: found.lookedBackTo, faults: query.faults },
      ...{ from: query.from.toISOString(), to: query.to.toISOString(), tool: toolCall(query, sql) },
    }
  },
})

export type RecordCountsAnswer = RecordCounts & { readonly from: string; readonly to: string }

export const recordCounts = endpoint({
  name: 'record-counts',
  query: z.strictObject({ ...rangeQuery, q: question }),
  async answer(reading, { q, ...range }): Promise<RecordCountsAnswer> {
    const { access } = reading
    const query = within(reading, q, range)
    const options = { read: access.rows, visible: access.services ?? null, budgetMs: BUDGET_MS }
    const counts = await countRecords(query, options).catch(refuseWords)
    return { ...counts, from: query.from.toISOString(), to: query.to.toISOString() }
  },
})

export interface RecordAnswer {
  readonly record: Readonly<Record<string, unknown>>
}

export const record = endpoint({
  name: 'record',
  query: z.strictObject({ kind: z.enum(KINDS), at: instant, ref: z.string().max(200) }),
  async answer({ access, read }, { kind, at, ref }): Promise<RecordAnswer> {
    const found = await readRecord(read, { kind, timestamp: at, ref }, access.services ?? null)
    if (found === undefined) throw new NotFound('this record is not stored any more, or never was')
    return { record: found }
  },
})

export interface MeaningAnswer {
  readonly hits: readonly {
    readonly fingerprint: string
    readonly template: string
    readonly kind: string
    readonly severity: number
    readonly records: number
    readonly services: readonly string[]
    readonly lastSeen: string
    readonly certainty?: string | undefined
  }[]
  readonly notes: readonly string[]
}

const HITS = 8

/** Problems that mean what the words say, whatever their letters. */
export const meaning = endpoint({
  name: 'meaning',
  query: z.strictObject({ ...rangeQuery, q: question }),
  async answer(reading, { q, ...range }): Promise<MeaningAnswer> {
    const { access } = reading
    const query = within(reading, q, range)
    const text = query.words
      .filter(({ negated }) => !negated)
      .map(one => one.text)
      .join(' ')
    if (text === '') return { hits: [], notes: [] }
    const of = (field: string) =>
      query.filters.find(one => one.field === field && !one.negated && !one.values.some(value => value.includes('*')))
        ?.values
    const { hits, notes } = await access.searcher.search({
      ...{ text, limit: HITS, visible: access.services, since: query.from },
      services: of('service'),
    })
    return {
      hits: hits.map(hit => ({
        ...{ fingerprint: hit.fingerprint, template: hit.template, kind: hit.kind, severity: hit.severity_number },
        ...{ records: hit.records, lastSeen: new Date(hit.last_seen).toISOString(), certainty: hit.certainty },
        services: hit.services.map(({ service }) => service),
      })),
      notes,
    }
  },
})

/** The question in the range and the environment of the bar, where it names none itself. */
function within(reading: Reading, q: string, range: Parameters<typeof scopeOf>[1]): RecordQuery {
  const query = parseRecordQuery(q, reading.access.now)
  const { from, to, env } = scopeOf(reading, range)
  const isAnywhere = env === '*' || query.filters.some(({ field }) => field === 'env')
  const filters = isAnywhere
    ? query.filters
    : [...query.filters, { field: 'env', key: 'env', negated: false, values: [env] }]
  return query.hasRange ? { ...query, filters } : { ...query, filters, from, to, hasRange: range.from !== undefined }
}

const INVALID_PARAMETER = '22023'

function refuseWords(error: unknown): never {
  if (sqlState(error) !== INVALID_PARAMETER) throw error
  throw new ToolRefusal('one of the words has nothing that can be looked for; words have letters or digits')
}
