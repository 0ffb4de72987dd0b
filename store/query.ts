import pg from 'pg'
import type { Database } from '../pipeline/component.ts'
import { SensoriumError } from '../pipeline/errors.ts'
import { connect, sqlState } from './connect.ts'
import { withinDeadline } from './deadline.ts'
import { type JsonValue, parserFor } from './json-values.ts'

export interface QueryResult {
  /** Names as the statement gives them; a repeated one gets a number, so that a row can be an object. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly JsonValue[])[]
  /** There were more rows than `maxRows`. */
  readonly isTruncated: boolean
}

export interface QueryOptions {
  /** Reading stops after so many rows. Without it all rows are held in memory. */
  readonly maxRows?: number
}

/**
 * Runs one statement that reads, as the reader, in a read-only transaction of its own.
 *
 * @throws SensoriumError USAGE with the server's words for what is wrong with the statement; DATABASE_UNREACHABLE.
 */
export async function queryReadOnly(database: Database, sql: string, options: QueryOptions = {}): Promise<QueryResult> {
  const client = await connect(database.connection('reader'))
  try {
    await client.query(READING_SESSION)
    return await withinDeadline(client, run(client, sql, options.maxRows ?? Number.POSITIVE_INFINITY))
  } catch (error) {
    throw error instanceof pg.DatabaseError ? statementFault(error, sql) : error
  } finally {
    await client.end().catch(() => {})
  }
}

/** Answers look the same whatever the server is set to. */
export const READING_SESSION = `BEGIN READ ONLY; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL bytea_output = 'hex'`

function run(client: pg.Client, sql: string, maxRows: number): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    const rows: JsonValue[][] = []
    // The extended protocol takes one statement only; pg knows the mode, its types do not.
    const config = { text: sql, rowMode: 'array', queryMode: 'extended', types: { getTypeParser: parserFor } }
    const query = new pg.Query(config as pg.QueryConfig)
    let isTruncated = false
    const done = (fields: readonly pg.FieldDef[]): void =>
      resolve({ columns: distinctNames(fields.map(({ name }) => name)), rows, isTruncated })
    query.on('row', (row, result) => {
      if (rows.length < maxRows) {
        rows.push(row as JsonValue[])
        return
      }
      // Rows that were already on their way still arrive.
      if (isTruncated) return
      isTruncated = true
      done(result?.fields ?? [])
      // The rest is still coming: closing the connection is how the server learns that nobody waits for it.
      void client.end()
    })
    query.on('end', result => {
      if (result.command === 'COPY') reject(new SensoriumError('USAGE', 'COPY sends no rows here: use SELECT'))
      else done(result.fields)
    })
    query.on('error', reject)
    client.query(query)
  })
}

/** Each name once: repeated ones get a number, so that a row can be an object. */
export function distinctNames(names: readonly string[]): string[] {
  const seen = new Set<string>()
  return names.map(name => {
    let unique = name
    for (let number = 2; seen.has(unique); number++) unique = `${name}_${number}`
    seen.add(unique)
    return unique
  })
}

const REMEDIES: Record<string, string> = {
  '25006': 'only statements that read are run here',
  '42501':
    'the reader has no right to that; where a table has a column that is withheld, name the others in place of *',
  '57014': 'it took longer than a reading statement may; narrow its time range',
}

/** In the server's words, with what to do. */
export function statementFault(error: pg.DatabaseError, sql: string): SensoriumError {
  if (/multiple commands/.test(error.message)) {
    return new SensoriumError('USAGE', 'one statement at a time, please', { cause: error })
  }
  const at = Number(error.position)
  const before = sql.slice(0, at - 1).split('\n')
  const place = at > 0 ? ` (line ${before.length}, column ${(before.at(-1) ?? '').length + 1})` : ''
  const advice = REMEDIES[sqlState(error) ?? ''] ?? error.hint
  return new SensoriumError('USAGE', `${error.message}${place}${advice === undefined ? '' : `: ${advice}`}`, {
    cause: error,
  })
}
