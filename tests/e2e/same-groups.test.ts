import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { timescale } from '../../exporters/timescale/index.ts'
import type { Batch } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { fingerprint } from '../../processors/fingerprint/index.ts'
import { fingerprints } from '../../receivers/fingerprints/index.ts'
import { decodeRequest } from '../../receivers/otlp/wire/index.ts'
import { Random } from '../otlp/random.ts'
import { encodeLogs } from '../otlp/requests.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, startSensorium } from '../sensorium-process.ts'

const RECORDS = 10_000
const RECORDS_PER_REQUEST = 250
const ORDERS = 10
const LIMIT_MS = 60_000
const NEVER = new AbortController().signal

const WORDS = 'amber birch cedar denim ember fjord grove hazel iris jade kelp lotus'.split(' ')
/** What a program says: words that vary, numbers, ids. Each is one problem, whatever is filled in. */
const STATEMENTS: readonly ((random: Random) => string)[] = [
  r => `queue ${r.pick(WORDS)} of the mail service was drained by hand`,
  r => `user ${r.pick(WORDS)} signed in from 10.0.${r.int(256)}.${r.int(256)}`,
  r => `took ${r.int(900)} ms to render the ${r.pick(WORDS)} page for tenant t-${r.int(99)}`,
  r => `order ord_${r.int(2 ** 31).toString(36)}x${r.int(2 ** 31).toString(36)} was shipped`,
  r => `cache miss for key user:${r.int(10_000)}`,
  r => `replica ${r.pick(WORDS)} is ${r.int(60)} seconds behind its primary server`,
  () => 'configuration reloaded',
  r => `worker ${r.int(32)} picked up job ${r.int(99_999)} from lane ${r.pick(WORDS)} at night`,
]
const ERRORS = ['TypeError', 'RangeError', 'TimeoutError']

interface Sent {
  readonly statement: string
  readonly record: object
}

/** The same records in every run; how often each statement comes is its own. */
function records(): Sent[] {
  const random = new Random(7)
  return Array.from({ length: RECORDS }, () => {
    if (random.int(50) === 0) {
      const type = random.pick(ERRORS)
      const stack = `${type}: bad\n    at pay (/app/src/pay.js:${random.int(90) + 1}:7)\n    at run (/app/src/run.js:3:1)`
      const attributes = [
        { key: 'exception.type', value: { stringValue: type } },
        { key: 'exception.stacktrace', value: { stringValue: stack } },
      ]
      return { statement: type, record: { severityNumber: 17, attributes } }
    }
    // Some are said often, some seldom.
    const n = Math.floor(STATEMENTS.length * (random.int(1_000) / 1_000) ** 2)
    return { statement: String(n), record: { severityNumber: 9, body: { stringValue: STATEMENTS[n]!(random) } } }
  })
}

function requests(sent: readonly Sent[]): Buffer[] {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
  return Array.from({ length: sent.length / RECORDS_PER_REQUEST }, (_, n) => {
    const slice = sent.slice(n * RECORDS_PER_REQUEST, (n + 1) * RECORDS_PER_REQUEST)
    const logRecords = slice.map(({ record }) => ({ timeUnixNano: 1_790_000_000_000_000_000n, ...record }))
    return encodeLogs({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] })
  })
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = new Random(seed)
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const other = random.int(i + 1)
    ;[result[i], result[other]] = [result[other]!, result[i]!]
  }
  return result
}

interface Stored {
  readonly fingerprint: string
  readonly group_id: string
  readonly records: number
}

async function open(t: TestContext) {
  const { url, database } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const stored = async () => {
    const sql = 'SELECT fingerprint, group_id, records::int AS records FROM fingerprints ORDER BY 1'
    return (await client.query<Stored>(sql)).rows
  }
  const isDone = async () => {
    const { rows } = await client.query<{ n: number }>(
      'SELECT (SELECT count(*) FROM fingerprint_sightings)::int + (SELECT count(*) FROM finding_outbox)::int AS n',
    )
    return rows[0]!.n === 0
  }
  return { url, database, stored, isDone }
}

/** Through the components in this process, request by request. */
async function inOrder(t: TestContext, bodies: readonly Buffer[]): Promise<readonly Stored[]> {
  const { database, stored, isDone } = await open(t)
  const context = (id: string) => testContext(id, { database })
  const exporter = timescale.create(timescale.config.parse({}), () => Promise.reject(new Error()), context('timescale'))
  const processor = fingerprint.create({}, exporter.consume!, context('fingerprint'))
  const receiver = fingerprints.create({ interval_ms: 100 }, async () => {}, context('fingerprints'))
  await exporter.start!(NEVER)
  await receiver.start!(NEVER)
  for (const [n, body] of bodies.entries()) {
    const { items } = decodeRequest('logs', body, 'protobuf', { maxNesting: 32, maxRecords: RECORDS })
    const account = { receiver: 'test', received: items.length, dropped: new Map(), rejected: [] }
    await processor.consume!({ id: String(n), signal: 'logs', items, bytes: body.length, account } as Batch, NEVER) // decoded as logs
  }
  for (const end = performance.now() + LIMIT_MS; !(await isDone()); await pause(50)) assert.ok(performance.now() < end)
  // A round that is under way is finished before this resolves.
  await receiver.shutdown!(AbortSignal.timeout(LIMIT_MS))
  await exporter.shutdown!(AbortSignal.timeout(LIMIT_MS))
  return stored()
}

test('the same records in ten orders, and split over two processes that share a database: the same fingerprints, counts and groups', async t => {
  const sent = records()
  const expected = await inOrder(t, requests(sent))

  const groups = new Map<string, number>()
  for (const row of expected) groups.set(row.group_id, (groups.get(row.group_id) ?? 0) + row.records)
  const truth = new Map<string, number>()
  for (const { statement } of sent) truth.set(statement, (truth.get(statement) ?? 0) + 1)
  const ascending = (counts: Iterable<number>) => [...counts].sort((a, b) => a - b)
  assert.deepEqual(
    ascending(groups.values()),
    ascending(truth.values()),
    'a group for each statement, with its records',
  )

  for (let seed = 1; seed < ORDERS; seed++) {
    assert.deepEqual(await inOrder(t, requests(shuffled(sent, seed))), expected, `order ${seed}`)
  }

  const { url, stored, isDone } = await open(t)
  const pair = await Promise.all(
    [0, 1].map(async () => {
      const sensorium = await startSensorium({ ports: await freePorts(), environment: { DATABASE_URL: url } })
      t.after(() => sensorium.end('SIGKILL'))
      return sensorium
    }),
  )
  const bodies = requests(shuffled(sent, ORDERS))
  await Promise.all(
    pair.map(async ({ ports }, half) => {
      for (const body of bodies.filter((_, n) => n % 2 === half)) {
        const headers = { 'content-type': 'application/x-protobuf' }
        const address = `http://127.0.0.1:${ports.http}/v1/logs`
        const response = await fetch(address, { method: 'POST', headers, body: new Uint8Array(body) })
        assert.equal(response.status, 200)
      }
    }),
  )
  // One of the two folds; when it goes, the other takes over.
  for (const end = performance.now() + LIMIT_MS; !(await isDone()); await pause(100)) assert.ok(performance.now() < end)
  for (const sensorium of pair) assert.deepEqual(await sensorium.end('SIGTERM'), { code: 0, signal: null })
  assert.deepEqual(await stored(), expected)
})
