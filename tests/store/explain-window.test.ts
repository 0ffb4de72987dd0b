import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { attributes, batch, metric, point, resource, span, TIME } from '../../exporters/timescale/testing/records.ts'
import type { Span } from '../../pipeline/model/index.ts'
import { explainLevels } from '../../store/explain-levels.ts'
import { explainWindow } from '../../store/explain-window.ts'
import type { Read } from '../../store/reading.ts'
import { createDatabase } from '../postgres.ts'

const SECOND = 1_000_000_000n
const MILLI = 1_000_000n
const REQUESTS = 80
/** Of these, a request a second; the first half is as always. */
const BAD_FROM = 50
const at = (seconds: number) => new Date(Number(TIME / MILLI) + seconds * 1_000)
const WINDOW = { from: at(40), to: at(REQUESTS), usualFrom: at(-1), usualTo: at(40), env: '*', visible: null }

const of = (service: string) =>
  resource({ 'service.name': service, 'k8s.pod.name': `${service}-1`, 'deployment.environment.name': 'prod' })
const [GATEWAY, ORDERS] = [of('gateway'), of('orders')]

/** gateway → orders → a database that answers in 5 ms, or in 500 from a moment on. */
function requests(slow: (i: number) => boolean, service = ORDERS): Span[] {
  return Array.from({ length: REQUESTS }, (_, i) => {
    const hex = (n: number, length: number) => n.toString(16).padStart(length, '0')
    const traceId = hex(7_919 * (i + 1), 32)
    const start = TIME + BigInt(i) * SECOND
    const database = slow(i) ? 500n : 5n
    const one = (id: number, parent: number, fields: Partial<Span>, ms: bigint) =>
      span({
        ...{
          traceId,
          spanId: hex(16 * (i + 1) + id, 16),
          parentSpanId: parent === 0 ? '' : hex(16 * (i + 1) + parent, 16),
        },
        ...{ startTimeUnixNano: start, endTimeUnixNano: start + ms * MILLI, ...fields },
      })
    const peer = attributes({ 'db.system.name': 'postgresql', 'server.address': 'orders-db' })
    return [
      one(1, 0, { resource: GATEWAY, name: 'GET /orders', kind: 2 }, database + 6n),
      one(2, 1, { resource: GATEWAY, name: 'GET', kind: 3 }, database + 4n),
      one(3, 2, { resource: service, name: 'GET /orders/:id', kind: 2 }, database + 2n),
      one(4, 3, { resource: service, name: 'SELECT orders', kind: 3, attributes: peer }, database),
    ]
  }).flat()
}

async function store(t: TestContext, spans: readonly Span[]): Promise<Read> {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  await consume(batch('traces', 'one', [...spans]))
  return async (sql, values) => (await client.query(sql, [...values])).rows
}

test('what answers late is named from the tables, with the moment, and a trace that is in the store', async t => {
  const read = await store(
    t,
    requests(i => i >= BAD_FROM),
  )
  const { hypotheses } = await explainWindow(read, WINDOW)
  const [first, ...others] = hypotheses
  assert.deepEqual(
    [first!.name, first!.kind, Math.floor(first!.since)],
    ['postgresql orders-db', 'dependency', +at(BAD_FROM)],
  )
  assert.ok(others.every(({ confidence }) => confidence < first!.confidence))
  assert.deepEqual(
    first!.path.map(({ service }) => service),
    ['gateway', 'orders'],
  )
  for (const { traceId } of first!.path) {
    const [found] = await read('SELECT count(*)::int AS n FROM trace_spans WHERE trace_id = $1', [traceId])
    assert.equal(found!.n, 4)
  }
})

test('a window that is as always has no hypothesis; what sends nothing is told, not guessed at', async t => {
  const calm = await store(
    t,
    requests(() => false),
  )
  assert.deepEqual(await explainWindow(calm, WINDOW), { hypotheses: [], notes: [] })
  const read = await store(
    t,
    requests(i => i >= BAD_FROM),
  )
  const [note] = (await explainWindow(read, { ...WINDOW, visible: ['mail'] })).notes
  assert.match(note!, /not enough evidence: no service sent spans/)
  assert.deepEqual(await explainWindow(read, { ...WINDOW, through: 'mail' }), {
    hypotheses: [],
    notes: ['not enough evidence: no service sent spans of requests through mail in these minutes'],
  })
})

test('levels alone are followed along the calls', async t => {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  const latency = metric({ name: 'latency', unit: 's' })
  const points = ['site', 'search', 'pay'].flatMap(service =>
    Array.from({ length: REQUESTS }, (_, i) => {
      const level = (service === 'pay' ? 0.1 : 0.2) * (1 + (i % 5) / 50) + (i >= BAD_FROM && service !== 'pay' ? 2 : 0)
      const timeUnixNano = TIME + BigInt(i) * SECOND
      return point({ resource: of(service), metric: latency, timeUnixNano, value: { kind: 'number', value: level } })
    }),
  )
  await consume(batch('metrics', 'one', points))
  const read: Read = async (sql, values) => (await client.query(sql, [...values])).rows
  const calls = new Map([['site', ['search', 'pay']]])
  const found = await explainLevels(read, { ...WINDOW, metric: 'latency', bad: 'high', seenAt: 'site', calls })
  assert.deepEqual(
    found.map(({ name }) => name),
    ['search', 'site'],
  )
})
