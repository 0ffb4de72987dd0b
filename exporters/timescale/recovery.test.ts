import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import pg from 'pg'
import { UnavailableError } from '../../pipeline/errors.ts'
import type { Batch } from '../../pipeline/model/index.ts'
import { foreignConnection } from '../../store/open.ts'
import { createDatabase, type TestDatabase } from '../../tests/postgres.ts'
import { blockCommits, blocked, NEVER, openClient, openExporter, type TestExporter } from './testing/exporter.ts'
import { openProxy } from './testing/proxy.ts'
import { batch, log, metric, point, span } from './testing/records.ts'

function isUnavailable(error: unknown): boolean {
  return error instanceof UnavailableError && error.retryAfterMs > 0
}

const COMMITTED = Buffer.from('COMMIT\0')

async function openThroughProxy(t: TestContext, commitTimeoutMs = 30_000) {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const proxy = await openProxy(t, database.url)
  const connection = () => foreignConnection(proxy.url, undefined, 'writer', 'separate')
  const exporter = await openExporter(t, database, {
    config: { connections: 1, commit_timeout_ms: commitTimeoutMs },
    context: { database: { connection } },
  })
  return { client, proxy, ...exporter }
}

async function count(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query(`SELECT count(*)::int AS count FROM ${table}`)
  return rows[0].count
}

/** What every sender does: again and again, until it is taken. Resolves to how often it was turned away. */
async function send({ consume }: Pick<TestExporter, 'consume'>, request: Batch): Promise<number> {
  for (let refusals = 0; ; refusals++) {
    try {
      await consume(request)
      return refusals
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      await delay(Math.min(20, error.retryAfterMs))
    }
  }
}

test('a commit whose answer is lost is not acknowledged, and its resend is stored no second time', async t => {
  const { client, proxy, consume, booked } = await openThroughProxy(t)
  proxy.onAnswer = data => (data.includes(COMMITTED) ? 'cut' : 'pass')
  await assert.rejects(consume(batch('logs', 'one', [log()])), isUnavailable)
  assert.equal(await count(client, 'application_logs'), 1)

  proxy.onAnswer = () => 'pass'
  await send({ consume }, batch('logs', 'one', [log()]))
  assert.equal(await count(client, 'application_logs'), 1)
  assert.deepEqual([...booked], [['deduplicated timescale', 1]])
})

test('a connection that dies in the middle of a COPY leaves nothing behind', async t => {
  const { client, proxy, consume } = await openThroughProxy(t)
  const large = batch(
    'logs',
    'one',
    Array.from({ length: 2_000 }, () => log({ body: 'x'.repeat(2_000) })),
  )
  // CopyInResponse: from here on, rows are on their way.
  proxy.onAnswer = data => (data.includes(Buffer.from('G\0\0\0')) ? 'cut' : 'pass')
  await assert.rejects(consume(large), isUnavailable)
  proxy.onAnswer = () => 'pass'
  await send({ consume }, large)
  assert.equal(await count(client, 'application_logs'), 2_000)
})

test('a server that does not answer any more is hung up on, in bounded time', async t => {
  const { client, proxy, consume } = await openThroughProxy(t, 1_000)
  proxy.onAnswer = () => 'swallow'
  await assert.rejects(consume(batch('logs', 'one', [log()])), isUnavailable)
  proxy.onAnswer = () => 'pass'
  await send({ consume }, batch('logs', 'one', [log()]))
  assert.equal(await count(client, 'application_logs'), 1)
})

test('while the database is away senders are told so at once; when it is back, so are we', async t => {
  const { client, proxy, consume } = await openThroughProxy(t)
  await proxy.close()
  for (let i = 0; i < 5; i++) await assert.rejects(consume(batch('logs', `away ${i}`, [log()])), isUnavailable)
  await proxy.open()
  for (let i = 0; i < 5; i++) await send({ consume }, batch('logs', `away ${i}`, [log()]))
  assert.equal(await count(client, 'application_logs'), 5)
})

test('shutdown does not wait for a database that is away', async t => {
  const { proxy, consume, component } = await openThroughProxy(t)
  await proxy.close()
  await assert.rejects(consume(batch('logs', 'one', [log()])), isUnavailable)
  await component.shutdown!(NEVER)
})

test('a connection that dies while another one works takes nothing down with it', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database, { config: { connections: 2, flush_interval_ms: 0 } })
  const release = await blockCommits(client, 'logs')
  const first = consume(batch('logs', 'first', [log()]))
  await blocked(client, 1)
  const { rows } = await client.query(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  const second = consume(batch('logs', 'second', [log()]))
  await blocked(client, 2)
  const firstIsLost = assert.rejects(first, isUnavailable)
  await client.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
  await firstIsLost
  await release()
  await second
  assert.equal(await count(client, 'application_logs'), 1)
})

type Trouble = (client: pg.Client) => Promise<unknown>

const OURS = `datname = current_database() AND application_name LIKE 'sensorium %'`

const terminateOne: Trouble = client =>
  client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS} ORDER BY random() LIMIT 1`)

const terminateAll: Trouble = client =>
  client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS}`)

const killServer: Trouble = async client => {
  const { rows } = await client.query('SHOW data_directory')
  const [pid] = readFileSync(join(rows[0].data_directory, 'postmaster.pid'), 'utf8').split('\n')
  process.kill(Number(pid), 'SIGKILL')
}

/** How many requests are acknowledged when the trouble comes. */
interface Planned {
  readonly at: number
  readonly trouble: Trouble
}

const REQUESTS = 400
const planned = (trouble: fc.Arbitrary<Trouble>, count: number): fc.Arbitrary<Planned[]> =>
  fc.array(fc.record({ at: fc.integer({ min: 5, max: REQUESTS - 10 }), trouble }), {
    minLength: count,
    maxLength: count,
  })

const TROUBLES = fc
  .tuple(planned(fc.constantFrom(terminateOne, terminateAll), 8), planned(fc.constant(killServer), 3))
  .map(plans => new Map(plans.flat().map(({ at, trouble }) => [at, trouble])))

const SEED = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)

test(`whatever is killed, every acknowledged request is stored, and each exactly once (TEST_SEED=${SEED})`, async t => {
  const database = await createDatabase()
  // The test server runs without fsync, but here the process dies, not the machine: what is written to files survives.
  await withClientOf(database, client => client.query(`ALTER DATABASE ${database.name} SET synchronous_commit = on`))
  const config = { connections: 2, flush_interval_ms: 1, max_group_bytes: 64 * 1024 }
  const replicas = [await openExporter(t, database, { config }), await openExporter(t, database, { config })]
  const [troubles] = fc.sample(TROUBLES, { seed: SEED, numRuns: 1 })
  const requests = Array.from({ length: REQUESTS }, (_, i) => request(i))
  let next = 0
  let acknowledged = 0
  let refusals = 0
  const sender = async (n: number) => {
    for (let i = next++; i < requests.length; i = next++) {
      refusals += await send(replicas[n % 2]!, requests[i]!)
      acknowledged += 1
      const trouble = troubles!.get(acknowledged)
      if (trouble !== undefined) await withClientOf(database, trouble)
      // Some senders miss the answer and send once more, to the other replica.
      if (i % 7 === 0) await send(replicas[(n + 1) % 2]!, requests[i]!)
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, n) => sender(n)))

  assert.ok(refusals > 0, 'nothing was hit')
  const stored = await withClientOf(database, client =>
    client.query(`
      SELECT batch_id AS id, stored, resends,
        (SELECT count(*)::int FROM trace_spans WHERE trace_id = encode(batch_id::bytea, 'hex'))
        + (SELECT count(*)::int FROM application_logs WHERE trace_id = encode(batch_id::bytea, 'hex'))
        + (SELECT count(*)::int FROM metrics_samples WHERE metric_name = batch_id) AS rows
      FROM ingest_ledger`),
  )
  assert.deepEqual(
    stored.rows.map(({ id, stored, rows }) => `${id}: ${rows} rows, ${stored} booked`).sort(),
    requests.map(({ id, items }) => `${id}: ${items.length} rows, ${items.length} booked`).sort(),
  )
})

function hexOf(id: string): string {
  return Buffer.from(id).toString('hex')
}

function request(i: number): Batch {
  const id = `request-${i}`
  const length = 1 + (i % 40)
  if (i % 3 === 0)
    return batch(
      'traces',
      id,
      Array.from({ length }, () => span({ traceId: hexOf(id) })),
    )
  if (i % 3 === 1)
    return batch(
      'logs',
      id,
      Array.from({ length }, () => log({ traceId: hexOf(id), body: 'x'.repeat(500) })),
    )
  return batch(
    'metrics',
    id,
    Array.from({ length }, () => point({ metric: metric({ name: id }) })),
  )
}

/** The test's own connection dies like all the others: it tries until it gets through. */
async function withClientOf<T>({ url }: TestDatabase, work: (client: pg.Client) => Promise<T>): Promise<T> {
  for (;;) {
    const client = new pg.Client(url)
    client.on('error', () => {})
    try {
      await client.connect()
      return await work(client)
    } catch {
      await delay(10)
    } finally {
      await client.end().catch(() => {})
    }
  }
}
