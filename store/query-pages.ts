import pg from 'pg'
import type { Database } from '../pipeline/component.ts'
import { connect } from './connect.ts'
import { withinDeadline } from './deadline.ts'
import { type JsonValue, parserFor } from './json-values.ts'
import { distinctNames, queryReadOnly, READING_SESSION, statementFault } from './query.ts'

/** Rows at a time: enough that the way to the server does not count, few enough to hold. */
const PAGE_ROWS = 500

export interface Page {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly JsonValue[])[]
}

/**
 * Runs one statement that reads, as the reader, and hands out its rows a page at a time, at least one page. Memory holds
 * one page, and the limit on a statement's time is on each page: an answer may be as long as it likes.
 *
 * @throws SensoriumError USAGE with the server's words for what is wrong with the statement; DATABASE_UNREACHABLE.
 */
export async function* queryPages(database: Database, sql: string): AsyncGenerator<Page> {
  const client = await connect(database.connection('reader'))
  try {
    await client.query(READING_SESSION)
    if (!(await declare(client, sql))) {
      // EXPLAIN, SHOW and the like have no cursor; what is wrong with a statement is told by its own run.
      yield await queryReadOnly(database, sql)
      return
    }
    for (let isFirst = true; ; isFirst = false) {
      const page = await fetchPage(client)
      if (isFirst || page.rows.length > 0) yield page
      if (page.rows.length < PAGE_ROWS) return
    }
  } catch (error) {
    throw error instanceof pg.DatabaseError ? statementFault(error, sql) : error
  } finally {
    await client.end().catch(() => {})
  }
}

/** Plans the statement. The extended protocol takes one statement only: nothing can follow it. */
async function declare(client: pg.Client, sql: string): Promise<boolean> {
  const text = `DECLARE read_pages NO SCROLL CURSOR FOR ${sql}`
  try {
    await withinDeadline(client, client.query({ text, queryMode: 'extended' } as pg.QueryConfig)) // pg knows the mode, its types do not
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError) return false
    throw error
  }
}

async function fetchPage(client: pg.Client): Promise<Page> {
  const text = `FETCH FORWARD ${PAGE_ROWS} FROM read_pages`
  const query = client.query<JsonValue[]>({ text, rowMode: 'array', types: { getTypeParser: parserFor } } as never) // as in query.ts
  const { fields, rows } = (await withinDeadline(client, query)) as unknown as pg.QueryArrayResult<JsonValue[]>
  const isHex = fields.map(({ name, dataTypeID }) => dataTypeID === pg.types.builtins.INT8 && isFingerprint(name))
  return {
    columns: distinctNames(fields.map(({ name }) => name)),
    rows: rows.map(row => row.map((value, i) => (isHex[i] ? hex(value) : value))),
  }
}

/** Ids look the same wherever they are shown; in SQL itself they are numbers. */
function isFingerprint(column: string): boolean {
  return /(^|_)(fingerprint|group|group_id)$/.test(column)
}

function hex(value: JsonValue): JsonValue {
  if (typeof value !== 'number' && typeof value !== 'string') return value
  return BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0')
}
