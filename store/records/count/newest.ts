import type { RecordQuery } from '../../../analysis/record-query/parse.ts'
import { type Read, textOrNone } from '../../reading.ts'
import { type FindOptions, findRecords, type RecordRow } from '../find.ts'
import { barsOf, facetsOf, patternsOf, type RecordCounts } from './sums.ts'

/** Of records that are looked at one by one. */
const NEWEST = 4_000

export async function countNewest(
  query: RecordQuery,
  options: Omit<FindOptions, 'limit' | 'before' | 'skip'>,
  barMs: number,
): Promise<RecordCounts> {
  const { rows, hasMore, lookedBackTo } = await findRecords(query, { ...options, limit: NEWEST, isCounted: true })
  const records = rows.map(row => ({
    row,
    at: Date.parse(row.timestamp),
    level: textOf(row.level) || 'info',
    count: 1,
  }))
  const span = { from: +query.from, to: +query.to, barMs }
  const patterns = patternsOf(
    span,
    records.map(({ row, level, ...one }) => ({
      ...{ fingerprint: textOf(row.fingerprint), template: '', level, kind: row.kind },
      ...{ service: textOf(row.service), counts: [one] },
    })),
  )
  const templates = await templatesOf(
    options.read,
    patterns.map(({ fingerprint }) => fingerprint),
  )
  return {
    ...{ total: rows.length, barMs, basis: 'newest' },
    countedFrom: lookedBackTo ?? (hasMore ? rows.at(-1)?.timestamp : undefined) ?? query.from.toISOString(),
    bars: barsOf(span, records),
    facets: facetsOf(records.map(({ row, level }) => ({ count: 1, values: valuesOf(row, level) }))),
    patterns: patterns.map(one => ({ ...one, template: templates.get(one.fingerprint) ?? '' })),
  }
}

function valuesOf(row: RecordRow, level: string): Record<string, string> {
  return {
    ...{ service: textOf(row.service), env: textOf(row.environment), level, kind: row.kind },
    ...{ operation: textOf(row.name), error: textOf(row.error_type) },
    ...{ release: textOf(row.release), node: textOf(row.node_id) },
  }
}

function textOf(value: unknown): string {
  return textOrNone(value) ?? ''
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
