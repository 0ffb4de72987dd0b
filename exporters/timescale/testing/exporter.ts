import type { TestContext } from 'node:test'
import pg from 'pg'
import type { Component, Consume, Context } from '../../../pipeline/component.ts'
import { testContext } from '../../../pipeline/testing/context.ts'
import type { TestDatabase } from '../../../tests/postgres.ts'
import type { TimescaleConfig } from '../config.ts'
import { timescale } from '../index.ts'

export const NEVER: AbortSignal = new AbortController().signal

export interface TestExporter {
  readonly component: Component
  /** `consume` with a signal that never aborts. */
  readonly consume: (batch: Parameters<Consume>[0], signal?: AbortSignal) => Promise<void>
  /** What was booked, as `outcome component` → records. */
  readonly booked: ReadonlyMap<string, number>
  shutdown(): Promise<void>
}

interface Options {
  /** Beside the defaults; limits on settings do not hold here. */
  readonly config?: Partial<TimescaleConfig>
  readonly context?: Partial<Context>
}

/** An exporter on `database`, started, and shut down with the test. */
export async function openExporter(
  t: TestContext,
  database: TestDatabase,
  { config = {}, context = {} }: Options = {},
): Promise<TestExporter> {
  const lent = testContext('timescale', { database: database.database, ...context })
  const settings = { ...timescale.config.parse({}), ...config }
  const component = timescale.create(settings, () => Promise.reject(new Error('called next')), lent)
  await component.start!(NEVER)
  let closed: Promise<void> | undefined
  const shutdown = () => {
    closed ??= component.shutdown!(AbortSignal.timeout(10_000))
    return closed
  }
  t.after(shutdown)
  return {
    component,
    consume: (batch, signal = NEVER) => component.consume!(batch, signal),
    booked: lent.counts.booked,
    shutdown,
  }
}

/** A connection of the test's own, closed with it. */
export async function openClient(t: TestContext, { url }: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' })
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  return client
}

/**
 * Rows as `to_jsonb` shows them, integers past 2^53 as bigint so that nothing is rounded on the way into the test, and
 * without the ids that are nobody's input.
 */
export async function rowsOf(client: pg.Client, sql: string): Promise<unknown[]> {
  const { rows } = await client.query<{ row: string }>(
    `SELECT (to_jsonb(q) - '{resource_id,scope_id,log_id,sample_id}'::text[])::text AS row FROM (${sql}) AS q`,
  )
  return rows.map(({ row }) => exactJson(row))
}

/** Of each row the columns that `expected` names: a later migration adds others. */
export function sameColumns(rows: readonly unknown[], expected: readonly object[]): unknown[] {
  return rows.map((row, i) => {
    const columns = Object.keys(expected[i] ?? {})
    return Object.fromEntries(Object.entries(row as object).filter(([column]) => columns.includes(column)))
  })
}

export function exactJson(text: string): unknown {
  // TypeScript's library does not know the third parameter of a reviver yet.
  const reviver = (_key: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' ? exactNumber(source ?? '') : value
  return JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1])
}

/** Integers of 16 to 20 digits as bigint. */
export function exactNumber(text: string): number | bigint {
  return /^-?\d{16,20}$/.test(text) ? BigInt(text) : Number(text)
}

const GATE = 4_711

/**
 * Lets every commit of rows in `table` wait until the returned function is called: at COMMIT, a deferred trigger asks
 * for a lock that `client` holds.
 */
export async function blockCommits(client: pg.Client, table: string): Promise<() => Promise<void>> {
  await client.query(`
    CREATE OR REPLACE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON ${table} DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION wait_at_gate();
    SELECT pg_advisory_lock(${GATE})`)
  return async () => {
    await client.query(`SELECT pg_advisory_unlock(${GATE})`)
  }
}

/** Resolves when that many of the exporters' connections wait for a lock. */
export async function blocked(client: pg.Client, connections: number): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND application_name LIKE 'sensorium %'`)
    if (rowCount === connections) return
  }
}
