import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type pg from 'pg'
import { openClient } from '../../exporters/timescale/testing/exporter.ts'
import { call, connectClient } from '../../mcp/testing/connect.ts'
import { CAUSE_ID, incident } from '../../mcp/testing/incident.ts'
import { open as openServer, store } from '../../mcp/testing/server.ts'
import type { Batch } from '../../pipeline/model/index.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { maintenanceSettings, runMaintenance } from '../../store/maintenance/index.ts'
import { partitionsOf } from '../../store/partitions/catalog.ts'
import { TIME_TABLES } from '../../store/partitions/tables.ts'
import { createDatabase, type TestDatabase } from '../postgres.ts'

/**
 * Every read that is given a range of time, found by the names of its parameters: the functions and views of the
 * database, and the tools of the MCP server. Rows are of an hour of each of four days; the reads ask for one of these
 * hours, and the database's own counters say which partitions they scanned. A read that is new is tried without a word
 * here, or fails until its parameters have a value.
 */
const DAY_MS = 86_400_000
const DAYS_AGO = [1, 4, 5, 7]
const ASKED = 4
/** Noon, so that who looks back some hours stays within the day. */
const noon = (daysAgo: number) => new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - daysAgo * DAY_MS + DAY_MS / 2)
const until = noon(ASKED)
const from = new Date(+until - 3_600_000)

/** By name; of the others the default stands. */
const PARAMETERS: Readonly<Record<string, unknown>> = {
  p_from: from,
  p_until: until,
  p_at: new Date(+until - 1_800_000),
  p_before: new Date(+from - 3_600_000),
  p_minutes: 60,
  p_env: '*',
  p_service: 'pay',
  p_operation: 'POST /charge',
  p_fingerprint: CAUSE_ID,
  p_fingerprints: [CAUSE_ID],
  p_traces: ['12d'.padStart(32, '0')],
  p_spans: ['25a'.padStart(16, '0')],
  p_first: 1,
  p_kind: 'trace_id',
  p_id: 'ord-300',
  p_words: 'charge',
  p_bytes: 256,
}
/** What is not named above, by its type; a list is NULL, which stands for all. */
const BY_TYPE: Readonly<Record<string, unknown>> = {
  text: 'pay',
  boolean: false,
  integer: 10,
  bigint: 10,
  'double precision': 0.5,
  interval: '1 minute',
}

/** Tools with a range, and what they need beside it. */
const ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  explain_failure: { fingerprint: CAUSE_ID },
  get_fingerprint_samples: { fingerprint: CAUSE_ID },
  what_they_share: { fingerprint: CAUSE_ID },
  get_timeline: { entity: 'ord-300' },
  search_events: { query: 'charge' },
  search_errors: { query: 'rate' },
  service_health: { service: 'pay' },
}

/** A problem's cause may be a change of the day before. */
const ALSO_DAY_BEFORE = new Set(['explain_failure'])
const dayBefore = noon(ASKED + 1)
  .toISOString()
  .slice(0, 10)

/** Against a server of TimescaleDB, whose chunks the extension prunes. */
const skip = process.env.TEST_DATABASE_URL !== undefined

let database: TestDatabase
let owner: pg.Client
/** Partition → the table and day that it is of. */
const dayOf = new Map<string, string>()
const asked = until.toISOString().slice(0, 10)

before(async t => {
  if (skip) return
  database = await createDatabase()
  owner = await openClient(t as never, database)
  for (const daysAgo of DAYS_AGO) {
    const { batches } = incident(BigInt(+noon(daysAgo)) * 1_000_000n)
    await store(database, ...batches.map(batch => ({ ...batch, id: `${batch.id} ${daysAgo}` }) as Batch))
  }
  await owner.query(
    `INSERT INTO metrics_samples (timestamp, metric_name, metric_type, service, environment, labels, value, flags, resource_id, scope_id)
     SELECT at, 'pool.used', 'gauge', 'pay', 'prod', '{}', 1, 0, 1, 1 FROM unnest($1::timestamptz[]) at`,
    [DAYS_AGO.map(noon)],
  )
  await foldSightings(owner)
  await runMaintenance(database.database, maintenanceSettings.parse({}))
  for (const { table, pace } of TIME_TABLES) {
    if (pace !== 'telemetry') continue
    const { ranges, rest } = await partitionsOf(owner, table)
    for (const { name, from } of ranges) for (const leaf of await leavesOf(name)) dayOf.set(leaf, dayAt(from))
    // Where no rows of the day asked for have come, it has no partition, and the default one is looked into.
    const isThere = ranges.some(({ from }) => dayAt(from) === asked)
    if (rest !== undefined && isThere) for (const leaf of await leavesOf(rest)) dayOf.set(leaf, 'rest')
  }
  const days = new Set(dayOf.values())
  for (const daysAgo of DAYS_AGO) assert.ok(days.has(noon(daysAgo).toISOString().slice(0, 10)))
})

const dayAt = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : 'before')

async function leavesOf(name: string): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    'SELECT relid::regclass::text AS name FROM pg_partition_tree($1) WHERE isleaf',
    [name],
  )
  return rows.map(row => row.name)
}

async function scans(view: string): Promise<Map<string, number>> {
  const { rows } = await owner.query<{ name: string; scans: number }>(
    `SELECT relid::regclass::text AS name, (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::int AS scans FROM ${view} WHERE relid::regclass::text = ANY ($1)`,
    [[...dayOf.keys()]],
  )
  return new Map(rows.map(({ name, scans }) => [name, scans]))
}

/** Scanned partitions of other days than those. */
function strangers(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, days = [asked]): string[] {
  return [...after]
    .filter(([name, n]) => n > (before.get(name) ?? 0) && !days.includes(dayOf.get(name) ?? ''))
    .map(([name]) => name)
}

/** By the counters of our own connection, which are exact at once. Returns the partitions of other days, and of this. */
async function touched(sql: string, values: readonly unknown[] = []) {
  const before = await scans('pg_stat_xact_user_tables')
  await owner.query('BEGIN')
  await owner.query(sql, [...values])
  const after = await scans('pg_stat_xact_user_tables')
  await owner.query('ROLLBACK')
  return {
    others: strangers(before, after),
    all: [...after].filter(([name, n]) => n > (before.get(name) ?? 0)).length,
  }
}

describe('a read of an hour scans the partitions of its day alone:', { skip }, () => {
  test('each function of the database that takes a range', async () => {
    const { rows: functions } = await owner.query<{ name: string; names: string[]; types: string[]; defaults: number }>(
      `SELECT p.proname AS name, p.proargnames[1:p.pronargs] AS names, p.pronargdefaults AS defaults,
         ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes::oid[]) t) AS types
       FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
         AND ('p_from' = ANY (p.proargnames) OR 'p_minutes' = ANY (p.proargnames)) ORDER BY 1`,
    )
    assert.ok(functions.length >= 15, `${functions.length} functions`)
    const read: string[] = []
    for (const { name, names, types, defaults } of functions) {
      const values: unknown[] = []
      const args: string[] = []
      names.forEach((parameter, i) => {
        const type = types[i]!
        if (!(parameter in PARAMETERS) && i >= names.length - defaults) return
        assert.ok(parameter in PARAMETERS || !type.startsWith('timestamp'), `${name}: say what ${parameter} is`)
        // `p_spans` are ids, or asks whether to look at spans.
        values.push(type === 'boolean' ? false : (PARAMETERS[parameter] ?? BY_TYPE[type] ?? null))
        args.push(`${parameter} => $${values.length}::${types[i]}`)
      })
      const { others, all } = await touched(`SELECT * FROM ${name}(${args.join(', ')})`, values)
      assert.deepEqual(others, [], name)
      if (all > 0) read.push(name)
    }
    // That they scanned something says that the parameters were not nonsense.
    assert.ok(read.length >= 10, `only ${read.join(', ')} scanned anything`)
  })

  test('each view that has a timestamp', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'timestamp'
       WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
    )
    assert.ok(rows.length >= 4, `${rows.length} views`)
    for (const { name } of rows) {
      const { others } = await touched(`SELECT * FROM ${name} WHERE timestamp >= $1 AND timestamp < $2`, [from, until])
      assert.deepEqual(others, [], name)
    }
  })

  test('each tool of the MCP server that takes a range', async t => {
    const { url } = await openServer(t, {}, {}, database)
    const client = await connectClient(t, url)
    const { tools } = await client.listTools()
    const ranged = tools.filter(({ inputSchema }) => 'minutes' in (inputSchema.properties ?? {}))
    assert.ok(ranged.length >= 8, `${ranged.length} tools`)
    for (const { name, inputSchema } of ranged) {
      const end = 'until' in (inputSchema.properties ?? {}) ? 'until' : 'at'
      await endKept()
      const before = await scans('pg_stat_user_tables')
      const ask = () => call(client, name, { minutes: 60, [end]: until.toISOString(), ...ARGUMENTS[name] })
      const first = await ask()
      // The connection that was just ended may not have heard of it yet.
      const { isError, text } = first.text.includes('an internal error') ? await ask() : first
      assert.equal(isError, false, `${name}: ${text}`)
      await endKept()
      const days = ALSO_DAY_BEFORE.has(name) ? [asked, dayBefore] : [asked]
      assert.deepEqual(strangers(before, await scans('pg_stat_user_tables'), days), [], name)
    }
  })
})

/**
 * Ends the connections that are kept for the next call, whose last word was ROLLBACK: what one counted is told when it
 * ends. Resolves when there are none.
 */
async function endKept(): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const { rows } = await owner.query<{ left: number }>(
      `SELECT count(pg_terminate_backend(pid))::int AS left FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND query = 'ROLLBACK'`,
    )
    if (rows[0]!.left === 0) return
    assert.ok(Date.now() < deadline, 'a connection ends')
  }
}
