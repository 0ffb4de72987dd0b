import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type pg from 'pg'
import { RejectedRecordsError } from '../../../pipeline/errors.ts'
import type { Span } from '../../../pipeline/model/index.ts'
import { foldAllRed } from '../../../store/red/fold.ts'
import { createDatabase } from '../../../tests/postgres.ts'
import { openClient, openExporter } from '../testing/exporter.ts'
import { attributes, batch, resource, span } from '../testing/records.ts'

const SERVER = 2
const CLIENT = 3
const PRODUCER = 4
const CONSUMER = 5
const ERROR = 2
const T0 = 1_796_000_000_000_000_000n
const MS = 1_000_000n
const MINUTE = 60_000n * MS

interface Request {
  readonly of?: Span['resource']
  readonly name?: string
  readonly kind?: number
  readonly at?: bigint
  readonly ms?: number
  readonly failed?: boolean
  readonly parent?: string
  readonly attributes?: Parameters<typeof attributes>[0]
}

const SHOP = resource({ 'service.name': 'shop', 'deployment.environment.name': 'prod', 'service.version': '1.2.0' })

function request({ of = SHOP, name = 'GET /cart', kind = SERVER, at = T0, ms = 10, failed, parent, ...rest }: Request) {
  return span({
    resource: of,
    name,
    kind,
    startTimeUnixNano: at,
    endTimeUnixNano: at + BigInt(Math.round(ms * 1e6)),
    statusCode: failed ? ERROR : 0,
    parentSpanId: parent ?? '',
    attributes: attributes(rest.attributes ?? {}),
  })
}

async function rows<T extends pg.QueryResultRow>(client: pg.Client, sql: string, values: unknown[] = []): Promise<T[]> {
  return (await client.query<T>(sql, values)).rows
}

/** The same question to what was counted and to the spans themselves. */
const COUNTED = `SELECT minute, service, environment, release, operation, kind, sum(requests)::int AS requests, sum(errors)::int AS errors,
  round(sum(duration_ms)::numeric, 6)::float8 AS ms, sketch_quantiles(sketch_sum(sketch), ARRAY[0, 0.5, 0.95, 0.99, 1]) AS q
  FROM request_minutes GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`
const RAW = `SELECT date_trunc('minute', timestamp) AS minute, service, environment, service_version AS release, operation_name AS operation,
  kind, count(*)::int AS requests, count(*) FILTER (WHERE status = 'error')::int AS errors, round(sum(duration_ms)::numeric, 6)::float8 AS ms,
  percentile_cont(ARRAY[0, 0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY duration_ms) AS q
  FROM trace_spans WHERE kind IN ('server', 'consumer', 'client', 'producer') OR parent_span_id IS NULL
  GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`

async function assertCountsAreThoseOfSpans(client: pg.Client): Promise<number> {
  const [counted, raw] = [await rows(client, COUNTED), await rows(client, RAW)]
  const plain = (all: pg.QueryResultRow[]) => all.map(({ q, ms, ...row }) => row)
  assert.deepEqual(plain(counted), plain(raw))
  for (const [i, row] of raw.entries()) {
    assert.ok(Math.abs(counted[i]!.ms - row.ms) <= 1e-6 * Math.max(1, row.ms))
    row.q.forEach((exact: number, at: number) => {
      assert.ok(
        Math.abs(counted[i]!.q[at] - exact) <= 0.01 * exact,
        `${row.operation}: ${counted[i]!.q[at]} for ${exact}`,
      )
    })
  }
  return raw.length
}

/** The same numbers in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('requests counted at ingest', () => {
  test('are those of a query over the spans: counts exactly, quantiles within 1 %, late ones in their own minute', async t => {
    const database = await createDatabase()
    const client = await openClient(t, database)
    const { consume } = await openExporter(t, database)
    const next = random(7)
    const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)]!
    const others = ['1.2.0', '1.3.0'].map(version =>
      resource({ 'service.name': 'pay', 'deployment.environment.name': 'prod', 'service.version': version }),
    )
    const spans = () =>
      Array.from({ length: 200 }, () =>
        request({
          of: pick([SHOP, ...others]),
          name: pick(['GET /cart', 'POST /checkout', 'charge']),
          kind: pick([0, 1, SERVER, CLIENT, PRODUCER, CONSUMER]),
          // Up to the last nanosecond before a minute, and a day late.
          at: T0 - (T0 % MINUTE) + pick([0n, MINUTE - 1n, MINUTE, -1_440n * MINUTE]) + BigInt(Math.floor(next() * 3)),
          ms: 10 ** (next() * 5 - 1),
          failed: next() < 0.1,
          parent: pick(['', 'b7ad6b7169203331']),
        }),
      )
    await Promise.all(Array.from({ length: 10 }, (_, i) => consume(batch('traces', `request ${i}`, spans()))))
    assert.ok((await assertCountsAreThoseOfSpans(client)) > 50)
    // The same when they are merged, in two steps, the second of which adds to rows of the first.
    assert.ok((await foldAllRed(client)) > 50)
    await assertCountsAreThoseOfSpans(client)
    await consume(batch('traces', 'late', spans()))
    await assertCountsAreThoseOfSpans(client)
    assert.ok((await foldAllRed(client)) > 20)
    await assertCountsAreThoseOfSpans(client)
    assert.deepEqual(await rows(client, 'SELECT count(*)::int AS n FROM red_partials'), [{ n: 0 }])
  })

  test('count a request that is sent again once, by two replicas, too', async t => {
    const database = await createDatabase()
    const client = await openClient(t, database)
    const replicas = [await openExporter(t, database), await openExporter(t, database)]
    const spans = [request({}), request({ failed: true, ms: 700 })]
    await Promise.all(replicas.map(({ consume }) => consume(batch('traces', 'same', spans))))
    await replicas[0]!.consume(batch('traces', 'same', spans))
    await assertCountsAreThoseOfSpans(client)
    assert.deepEqual(await rows(client, 'SELECT sum(requests)::int AS r, sum(errors)::int AS e FROM request_minutes'), [
      { r: 2, e: 1 },
    ])
  })

  test('do not count a span that the database refuses', async t => {
    const database = await createDatabase()
    const client = await openClient(t, database)
    await client.query(`ALTER TABLE spans ADD CONSTRAINT no_long_ones CHECK (duration_ms < 1000)`)
    const { consume } = await openExporter(t, database)
    const spans = [1, 2_000, 3, 4_000, 5].map(ms => request({ ms, failed: ms > 3 }))
    await assert.rejects(consume(batch('traces', 'one', spans)), RejectedRecordsError)
    await assertCountsAreThoseOfSpans(client)
    assert.deepEqual(
      await rows(
        client,
        'SELECT sum(requests)::int AS r, sum(errors)::int AS e, sketch_count(sketch_sum(sketch))::int AS n FROM request_minutes',
      ),
      [{ r: 3, e: 1, n: 3 }],
    )
  })

  test('mask ids in names, and count what is past the limit of names together', async t => {
    const database = await createDatabase()
    const client = await openClient(t, database)
    const config = { operations_per_service_max: 3 }
    const { consume, shutdown } = await openExporter(t, database, { config })
    const names = ['GET /orders/17', 'GET /orders/18', 'a', 'b', 'c', 'd']
    await consume(
      batch(
        'traces',
        'one',
        names.map(name => request({ name })),
      ),
    )
    const seen = 'SELECT operation, sum(requests)::int AS n FROM request_minutes GROUP BY 1 ORDER BY 1'
    const expected = [
      { operation: '(other)', n: 2 },
      { operation: 'a', n: 1 },
      { operation: 'b', n: 1 },
      { operation: 'GET /orders/<num>', n: 2 },
    ]
    const byName = (all: pg.QueryResultRow[]) => all.toSorted((x, y) => (x.operation < y.operation ? -1 : 1))
    assert.deepEqual(byName(await rows(client, seen)), byName(expected))
    // A process that starts anew goes on with the names that the store has.
    await shutdown()
    const again = await openExporter(t, database, { config })
    await again.consume(
      batch(
        'traces',
        'two',
        ['d', 'c', 'a'].map(name => request({ name })),
      ),
    )
    assert.deepEqual(
      byName(await rows(client, seen)).map(({ operation, n }) => `${operation} ${n}`),
      ['(other) 4', 'GET /orders/<num> 2', 'a 2', 'b 1'],
    )
  })

  test('say who is called, as the span tells it', async t => {
    const database = await createDatabase()
    const client = await openClient(t, database)
    const { consume } = await openExporter(t, database)
    const calls: Request[] = [
      { kind: CLIENT, attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'shop', 'server.address': 'db1' } },
      { kind: CLIENT, attributes: { 'db.system': 'redis', 'net.peer.name': 'cache' } },
      { kind: PRODUCER, attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' } },
      { kind: CONSUMER, attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' } },
      { kind: CLIENT, attributes: { 'peer.service': 'payment' } },
      { kind: CLIENT, attributes: { 'server.address': 'api.stripe.com', 'server.port': 443n } },
      { kind: CLIENT, attributes: { 'server.address': 'inventory', 'server.port': 8080n } },
      { kind: CLIENT, attributes: { 'url.full': 'https://example.com:8443/x?y=1' } },
      { kind: CLIENT, attributes: {} },
      { kind: SERVER, attributes: { 'server.address': 'shop.example.com' } },
    ]
    await consume(
      batch(
        'traces',
        'one',
        calls.map(call => request({ ...call, parent: 'b7ad6b7169203331' })),
      ),
    )
    const found = await rows(client, 'SELECT kind, peer_kind, peer FROM request_minutes')
    assert.deepEqual(found.map(({ kind, peer_kind, peer }) => `${kind} ${peer_kind} ${peer}`).sort(), [
      'client database postgresql/shop',
      'client database redis/cache',
      'client external api.stripe.com',
      'client external example.com:8443',
      'client external inventory:8080',
      'client null null',
      'client service payment',
      'consumer queue kafka/orders',
      'producer queue kafka/orders',
      'server null null',
    ])
  })
})
