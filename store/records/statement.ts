import { KINDS } from '../../analysis/record-query/fields.ts'
import type { RecordQuery } from '../../analysis/record-query/parse.ts'
import { literalSql } from '../literal-sql.ts'
import { conditionsOn, kindsOf, type Term } from './conditions.ts'
import { columnsOf, SOURCES } from './sources.ts'

/** One statement that finds what `findRecords` finds, to be read and run by people; undefined where nothing can be found. */
export function plainStatement(
  query: RecordQuery,
  terms: readonly Term[],
  visible: readonly string[] | null,
  limit: number,
): string | undefined {
  const selects = kindsOf(query, KINDS).flatMap(kind => {
    const source = SOURCES[kind]
    const conditions = conditionsOn(source, query, terms, visible)
    if (conditions === undefined) return []
    const count = conditions.values.length
    const where = [`${source.time} > $${count + 1}`, `${source.time} <= $${count + 2}`, ...conditions.sql]
    const text = `SELECT ${columnsOf(source)} FROM ${source.table} r WHERE ${where.join(' AND ')}`
    return [literalSql(text, [...conditions.values, query.from, query.to])]
  })
  if (selects.length === 0) return undefined
  return `${selects.map(select => (selects.length > 1 ? `(${select})` : select)).join(' UNION ALL ')} ORDER BY timestamp DESC LIMIT ${limit}`
}
