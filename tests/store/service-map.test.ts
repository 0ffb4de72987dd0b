import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { attributes, batch, resource, span } from '../../exporters/timescale/testing/records.ts'
import type { AttributeValue } from '../../pipeline/model/index.ts'
import { parseSystemMap } from '../../receivers/reflexes/system-map-file.ts'
import { readWith } from '../../store/reading.ts'
import { learn } from '../../store/service-map/learn.ts'
import { readServiceMap } from '../../store/service-map/read.ts'
import { createDatabase } from '../postgres.ts'

const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5]
const MS = 1_000_000n
const NOW = new Date(Math.floor(Date.now() / 60_000) * 60_000)
const T0 = BigInt(+NOW - 600_000) * MS
const FROM = new Date(+NOW - 660_000)

let ids = 0
const id = (length: number) => (++ids).toString(16).padStart(length, '0')

interface Fields {
  readonly parent?: string
  readonly traceId: string
  readonly failed?: boolean
  readonly ms?: number
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
}

function of(
  service: string,
  kind: number,
  values: Record<string, AttributeValue>,
  { parent, traceId, failed, ms = 10, links = [] }: Fields,
) {
  return span({
    resource: resource({ 'service.name': service, 'deployment.environment.name': 'prod' }),
    kind,
    traceId,
    spanId: id(16),
    parentSpanId: parent ?? '',
    name: 'op',
    startTimeUnixNano: T0,
    endTimeUnixNano: T0 + BigInt(ms) * MS,
    statusCode: failed ? 2 : 0,
    attributes: attributes(values),
    links: links.map(link => ({
      ...link,
      traceState: '',
      attributes: attributes({}),
      droppedAttributesCount: 0,
      flags: 0,
    })),
  })
}

/** `shop` calls `pay` by an address, and each service sends its spans by itself. */
function checkout(address: string, callee: string, failed = false) {
  const traceId = id(32)
  const root = of('shop', SERVER, {}, { traceId })
  const call = of(
    'shop',
    CLIENT,
    { 'server.address': address },
    { traceId, parent: root.spanId, failed, ms: failed ? 900 : 20 },
  )
  const query = of(
    'shop',
    CLIENT,
    { 'db.system.name': 'postgresql', 'db.namespace': 'orders' },
    { traceId, parent: root.spanId },
  )
  const answer = of(callee, SERVER, {}, { traceId, parent: call.spanId, failed })
  return { shop: [root, call, query], others: [answer] }
}

async function edges(
  client: pg.Client,
): Promise<Map<string, { calls: number | null; errors: number | null; p95: number | null }>> {
  const { rows } = await client.query(`SELECT * FROM call_edges($1, $2)`, [FROM, NOW])
  return new Map(
    rows.map(row => [
      `${row.caller} ${row.is_async ? '~>' : '->'} ${row.callee} (${row.callee_kind})`,
      { calls: row.calls, errors: row.errors, p95: row.p95_ms },
    ]),
  )
}

test('calls are counted as their spans are, and which service answers is learnt from traces whose parts came apart', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const traces = Array.from({ length: 20 }, (_, i) => checkout('pay.internal', 'pay', i < 5))
  await consume(
    batch(
      'traces',
      'pay',
      traces.flatMap(({ others }) => others),
    ),
  )
  await consume(
    batch(
      'traces',
      'shop',
      traces.flatMap(({ shop }) => shop),
    ),
  )

  const before = await edges(client)
  assert.deepEqual([...before.keys()].sort(), [
    'shop -> pay.internal (external)',
    'shop -> postgresql/orders (database)',
  ])
  assert.ok((await learn(client, FROM, NOW)) > 0)
  const after = await edges(client)
  assert.deepEqual([...after.keys()].sort(), ['shop -> pay (service)', 'shop -> postgresql/orders (database)'])
  const { calls, errors, p95 } = after.get('shop -> pay (service)')!
  assert.deepEqual([calls, errors], [20, 5])
  assert.ok(Math.abs(p95! - 900) <= 9)
  const minutes = await client.query(
    'SELECT callee, sum(calls) AS calls FROM edge_minutes($1, $2) GROUP BY 1 ORDER BY 1',
    [FROM, NOW],
  )
  assert.deepEqual(minutes.rows, [
    { callee: 'pay', calls: 20 },
    { callee: 'postgresql/orders', calls: 20 },
  ])
})

test('calls to one address that several services answer are shared out by what traces show', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const traces = [checkout('mesh', 'pay'), checkout('mesh', 'stock'), checkout('mesh', 'pay'), checkout('mesh', 'pay')]
  for (const [i, { shop, others }] of traces.entries()) {
    await consume(batch('traces', `${i}`, [...shop, ...others]))
    // One example for each: the last that came is looked at.
    await learn(client, FROM, NOW)
    await client.query(`UPDATE red_partials SET trace_id = NULL`)
  }
  const found = await edges(client)
  assert.deepEqual([found.get('shop -> pay (service)')?.calls, found.get('shop -> stock (service)')?.calls], [3, 1])
})

test('messages are edges to the queue, from it, and between the services, by links and by parents', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const queue = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }
  const sent = of('shop', PRODUCER, queue, { traceId: id(32) })
  const linked = of('mail', CONSUMER, queue, {
    traceId: id(32),
    links: [{ traceId: sent.traceId, spanId: sent.spanId }],
  })
  // It says neither system nor destination: the trace alone tells.
  const child = of('ship', CONSUMER, {}, { traceId: sent.traceId, parent: sent.spanId })
  await consume(batch('traces', 'one', [linked, child]))
  await consume(batch('traces', 'two', [sent]))
  await learn(client, FROM, NOW)
  assert.deepEqual([...(await edges(client)).keys()].sort(), [
    'kafka/orders ~> mail (service)',
    'shop ~> kafka/orders (queue)',
    'shop ~> mail (service)',
    'shop ~> ship (service)',
  ])
})

test('the file and traffic are put together, and a file with faults is refused with every line', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const { shop, others } = checkout('pay.internal', 'pay')
  await consume(batch('traces', 'one', [...shop, ...others]))
  await learn(client, FROM, NOW)
  const declared = parseSystemMap(
    'system-map.yaml',
    'services:\n  Shop:\n    depends_on: [pay, Search]\n    owner: team-shop\n  pay:\n',
  )
  const map = await readServiceMap(readWith(client), { from: FROM, until: NOW, declared })
  assert.deepEqual(map.edges.map(({ caller, callee, standing }) => `${caller} ${callee} ${standing}`).sort(), [
    'shop Search denied',
    'shop pay agreed',
    'shop postgresql/orders undeclared',
  ])
  assert.deepEqual(
    map.nodes.map(({ name, owner }) => [name, owner]),
    [
      ['pay', undefined],
      ['postgresql/orders', undefined],
      ['shop', 'team-shop'],
    ],
  )
  assert.throws(
    () => parseSystemMap('m.yaml', 'services:\n  a:\n    depends_on: b\n  c:\n    depend_on: [a]\n'),
    (error: Error) =>
      /m\.yaml:3:\d+ {2}services\.a\.depends_on/.test(error.message) &&
      /m\.yaml:5:\d+ {2}services\.c\.depend_on/.test(error.message),
  )
  assert.throws(() => parseSystemMap('m.yaml', 'services: ['), /m\.yaml:1/)
})
