import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Database, DatabaseConnection, DatabaseRole } from '../pipeline/component.ts'
import { errorText, SensoriumError } from '../pipeline/errors.ts'

/** A server that answers at all answers within this. */
const CONNECT_DEADLINE_MS = 10_000
/** A server that starts up or recovers refuses with 57P03; it is given this long. */
const STARTUP_DEADLINE_MS = 60_000
const STARTUP_POLL_MS = 200

/**
 * A connected client, to be ended by the caller. Its connection may break at any time: queries then reject, and
 * nothing is thrown beside them.
 *
 * @throws SensoriumError DATABASE_UNREACHABLE, naming host and port, never the password.
 */
export async function connect(connection: DatabaseConnection): Promise<pg.Client> {
  for (const end = Date.now() + STARTUP_DEADLINE_MS; ; await delay(STARTUP_POLL_MS)) {
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_DEADLINE_MS })
    // The error is told to the query that runs; without a listener it would end the process as well.
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => {})
      if (sqlState(error) === CANNOT_CONNECT_NOW && Date.now() < end) continue
      throw unreachable(connection, error)
    }
  }
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(
  database: Database,
  role: DatabaseRole,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(database.connection(role))
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Runs `work` in a transaction; rolls back when it rejects. */
export async function inTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    // The first error is the one to tell; a rollback fails only with the connection, and then all is rolled back.
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** The five characters of SQLSTATE, or the system's code such as ECONNREFUSED. */
export function sqlState(error: unknown): string | undefined {
  if (error instanceof AggregateError) return sqlState(error.errors[0])
  return error instanceof Error ? (error as Error & { code?: string }).code : undefined
}

/** `host:port/database`, safe to show. */
export function describeTarget(connectionString: string): string {
  const { host, port, database } = new pg.Client({ connectionString })
  return `${host}:${port}/${database ?? ''}`
}

const CANNOT_CONNECT_NOW = '57P03'

/** What stands behind an error code, and what to do. Everything else is told in the server's own words. */
const REMEDIES: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there; is the server running?',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be resolved',
  ETIMEDOUT: 'no answer; is a firewall between?',
  EHOSTUNREACH: 'no route to the host',
  ECONNRESET: 'the connection was closed; is that a Postgres server, and does it ask for TLS (?sslmode=require)?',
  '28P01': 'the server refused the user or the password',
  '28000': 'the server refuses this user, or wants TLS (?sslmode=require)',
  '3D000': 'the server has no such database; create it first (CREATE DATABASE)',
  '53300': 'the server has no free connections',
  '08P01': 'a connection pooler refused our session options; connect to the server itself, not to the pooler',
}

function unreachable({ connectionString }: DatabaseConnection, cause: unknown): SensoriumError {
  const reason = REMEDIES[sqlState(cause) ?? ''] ?? errorText(cause)
  return new SensoriumError(
    'DATABASE_UNREACHABLE',
    `no connection to the database ${describeTarget(connectionString)}: ${reason} (service.database.url, DATABASE_URL)`,
    { cause },
  )
}
