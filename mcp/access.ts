import pg from 'pg'
import type { Database } from '../pipeline/component.ts'
import { connect } from '../store/connect.ts'
import { socketOf, withinDeadline } from '../store/deadline.ts'
import { literalSql } from '../store/literal-sql.ts'
import { distinctNames } from '../store/query.ts'
import { OPEN_ENDED_SESSION } from '../store/reader-limits.ts'
import type { Searcher } from '../store/search/index.ts'
import { type Connections, freshConnections } from '../store/warm-connections.ts'
import type { Row } from './answer.ts'
import { plainRow } from './answer-text.ts'
import { CELL_TYPES, rowOf } from './cells.ts'
import { ToolRefusal } from './refusal.ts'

/** What a tool may use: reads of the reader, counted and bounded, with the SQL that repeats them. */
export interface Access {
  /** Rows of a SELECT, at most `MAX_ROWS`. Values are parameters, never spliced into the text. */
  rows(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** As `rows`, with the columns that are NULL: an agent that names its columns wants to see each. */
  allColumns(sql: string): Promise<Row[]>
  /** As `rows`; the statement is part of the answer, so that a person can repeat it. */
  shown(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Makes a statement part of the answer that says the same as those that were run. */
  show(sql: string, values: readonly unknown[]): void
  /** How many statements of earlier calls the server is still at, though nobody waits for them. */
  stillRunning(): Promise<number>
  /** Services and products that the caller may see; undefined is all. */
  readonly services: readonly string[] | undefined
  readonly searcher: Searcher
  readonly now: Date
}

export interface Session {
  readonly access: Access
  readonly sql: readonly string[]
  readonly rowsRead: number
}

export const MAX_ROWS = 5_000
/** Of what one statement sends: an answer is a page, and the process answers others, too. */
const MAX_BYTES = 8 * 1024 * 1024
const STATEMENT_TIMEOUT_MS = 5_000
/** Past the server's own timeout: some functions look at no signal while they compute. */
const HANG_UP_AFTER_MS = 1_000

/** Opens one read-only transaction as the reader for one call, and closes it whatever comes. */
export async function withAccess<T>(
  database: Database,
  {
    services,
    searcher,
    isOpenEnded = false,
    statementTimeoutMs = STATEMENT_TIMEOUT_MS,
    connections = freshConnections(() => {
      const reader = database.connection('reader')
      return connect(isOpenEnded ? { ...reader, application_name: OPEN_ENDED_SESSION } : reader)
    }),
  }: Pick<Access, 'services' | 'searcher'> & {
    readonly isOpenEnded?: boolean
    readonly statementTimeoutMs?: number
    readonly connections?: Connections
  },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const client = await connections.take()
  const unheard = unheardOf(database)
  const sql: string[] = []
  const session = { sql, rowsRead: 0, access: undefined as unknown as Access } // completed below
  const rows = async (text: string, values: readonly unknown[] = [], keepsNulls = false): Promise<Row[]> => {
    const reading = readBounded(client, text, values)
    const read = await withinDeadline(client, reading, statementTimeoutMs + HANG_UP_AFTER_MS).catch(
      (error: unknown) => {
        // Hung up on: the server may still be at it.
        if (socketOf(client).destroyed) unheard.add(pidOf(client))
        throw error
      },
    )
    session.rowsRead += read.length
    return read.map(row => plainRow(rowOf(row, keepsNulls)))
  }
  session.access = {
    rows: (text, values) => rows(text, values),
    allColumns: text => rows(text, [], true),
    show: (text, values) => {
      sql.push(literalSql(text, values))
    },
    shown: (text, values) => {
      sql.push(literalSql(text, values ?? []))
      return rows(text, values)
    },
    stillRunning: async () => {
      if (unheard.size === 0) return 0
      const alive = await rows(STILL_RUNNING, [[...unheard]])
      const pids = new Set(alive.map(({ pid }) => Number(pid)))
      for (const pid of unheard) if (!pids.has(pid)) unheard.delete(pid)
      return pids.size
    },
    services,
    searcher,
    now: new Date(),
  }
  try {
    await withinDeadline(
      client,
      client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL timezone = 'UTC'`),
    )
    return await work(session)
  } finally {
    // Ends the transaction, too, and with it whatever a statement may have left open.
    await connections.give(client)
  }
}

const STILL_RUNNING = `SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[]) AND usename = session_user AND state = 'active'`

/** The server's processes that we hung up on, by database. */
const unheardBy = new WeakMap<Database, Set<number>>()

function unheardOf(database: Database): Set<number> {
  let pids = unheardBy.get(database)
  if (pids === undefined) {
    pids = new Set()
    unheardBy.set(database, pids)
  }
  return pids
}

/** As the server told it when we connected: nowhere in pg's types. */
function pidOf(client: pg.Client): number {
  return (client as unknown as { readonly processID: number }).processID
}

/**
 * Reads row by row, and hangs up past the limits. What comes is counted on the socket: a single value may be larger than
 * a string of ours can be, and pg would gather all of it first.
 * @throws ToolRefusal past MAX_BYTES; the database's own errors
 */
function readBounded(client: pg.Client, text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    // The extended protocol takes one statement only, whatever its text; pg knows the mode, its types do not.
    const config = { text, values: [...values], rowMode: 'array', queryMode: 'extended', types: CELL_TYPES }
    const query = new pg.Query(config as pg.QueryConfig)
    const stream = socketOf(client)
    let bytes = 0
    const count = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BYTES) stream.destroy()
    }
    stream.prependListener('data', count)
    const rows: unknown[][] = []
    query.on('row', (row: unknown[]) => {
      if (rows.length < MAX_ROWS) rows.push(row)
    })
    query.on('end', ({ fields }) => {
      stream.off('data', count)
      const names = distinctNames(fields.map(({ name }) => name))
      resolve(rows.map(row => Object.fromEntries(names.map((name, i) => [name, row[i]]))))
    })
    query.on('error', error => {
      stream.off('data', count)
      const limit = `${MAX_BYTES / 1024 / 1024} MiB`
      reject(
        bytes > MAX_BYTES
          ? new ToolRefusal(`this reads more than ${limit}; ask for fewer rows or shorter columns`)
          : error,
      )
    })
    client.query(query)
  })
}
