import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { PermanentError, UnavailableError } from '../../pipeline/errors.ts'
import type { BatchOf, MetricPoint } from '../../pipeline/model/index.ts'
import { readRecord } from '../../tests/contract/read-records.ts'
import { testDestination } from '../../tests/told/destination-kit.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { assertGolden, SAMPLE_NOTIFICATIONS } from '../../tests/told/golden.ts'
import { openHttpDestination } from '../../tests/told/http-destination.ts'
import { openHttpService } from '../../tests/told/http-service.ts'
import { datadogConfig } from './config.ts'
import { datadogDestination } from './destination.ts'
import { datadogEvent } from './event.ts'
import { datadog } from './index.ts'
import { createMetricsSender } from './send-metrics.ts'
import type { Series } from './series.ts'

await testTellingExporter(datadog, { api_key: 'x', events_url: 'http://127.0.0.1:9' })

let received = 0
testDestination('datadog', () =>
  openHttpDestination({
    at: url => datadogDestination(datadogConfig.parse({ api_key: 'key', events_url: url })),
    respond: () => ({ status: 202 }),
    messageOf: ({ path: url, body, headers }) => {
      assert.deepEqual([url, headers['dd-api-key']], ['/api/v2/events', 'key'])
      const { attributes } = (JSON.parse(body) as ReturnType<typeof datadogEvent>).data // what we sent
      assert.ok(attributes.title.length <= 500 && attributes.message.length <= 4_000)
      assert.ok(attributes.aggregation_key.length <= 100 && attributes.tags.length <= 100)
      assert.ok(attributes.tags.every(tag => tag.length <= 200))
      // Each that is sent is one more, whatever is in it.
      return { key: String(received++), text: body }
    },
  }),
)

for (const [name, notification] of SAMPLE_NOTIFICATIONS) {
  test(`datadog: the event of ${name} is as agreed`, () => {
    const event = datadogEvent(notification, { link_base_url: 'https://sensorium.example', tags: ['team:shop'] })
    assertGolden(path.join(import.meta.dirname, 'testcases'), `${name}.json`, `${JSON.stringify(event, null, 2)}\n`)
  })
}

const RESOURCE = { attributes: { 'service.name': 'shop', 'deployment.environment.name': 'prod', 'host.name': 'web-1' } }
const read = (metric: object, value: object, attributes: object = {}) =>
  readRecord('metrics', { resource: RESOURCE, metric, value, attributes, timeUnixNano: '1764500000000000000' })

function batchOf(...items: readonly MetricPoint[]): BatchOf<'metrics'> {
  const account = { receiver: 'test', received: items.length, dropped: new Map(), rejected: [] }
  return { id: 'b', signal: 'metrics', items, bytes: 1, account }
}

async function open() {
  const server = await openHttpService(() => ({ status: 202 }))
  const send = createMetricsSender(
    datadogConfig.parse({ api_key: 'key', metrics_url: server.url, tags: ['team:shop'] }),
  )
  const series = () => server.requests.flatMap(({ body }) => (JSON.parse(body) as { series: Series[] }).series) // what we sent
  return { server, series, send: (batch: BatchOf<'metrics'>) => send(batch, new AbortController().signal) }
}

test('datadog: each sort of data point is sent as series, with service, env and host', async t => {
  const { server, series, send } = await open()
  t.after(server.close)
  await send(
    batchOf(
      read({ name: 'queue.length', type: 'gauge' }, { kind: 'number', value: 3 }, { queue: 'mail, all' }),
      read({ name: 'requests', type: 'sum', temporality: 1, isMonotonic: true }, { kind: 'number', value: 12 }),
      read({ name: 'requests total', type: 'sum', temporality: 2, isMonotonic: true }, { kind: 'number', value: 900 }),
      read(
        { name: 'latency', type: 'histogram', temporality: 1 },
        { kind: 'histogram', count: '4', sum: 10, min: 1, max: 5 },
      ),
      read(
        { name: 'size', type: 'summary' },
        { kind: 'summary', count: '2', sum: 7, quantiles: [{ quantile: 0.5, value: 3 }] },
      ),
      read({ name: 'nothing', type: 'gauge' }, { kind: 'number', value: null }),
    ),
  )
  assert.equal(server.requests[0]?.path, '/api/v2/series')
  assert.deepEqual(
    series().map(({ metric, type, points }) => [metric, type, points[0]?.value]),
    [
      ['queue.length', 3, 3],
      ['requests', 1, 12],
      ['requests_total', 3, 900],
      ['latency.count', 1, 4],
      ['latency.sum', 1, 10],
      ['latency.min', 3, 1],
      ['latency.max', 3, 5],
      ['size.count', 3, 2],
      ['size.sum', 3, 7],
      ['size.quantile', 3, 3],
    ],
  )
  assert.deepEqual(series()[0], {
    metric: 'queue.length',
    type: 3,
    points: [{ timestamp: 1_764_500_000, value: 3 }],
    tags: ['team:shop', 'service:shop', 'env:prod', 'queue:mail_all'],
    resources: [{ name: 'web-1', type: 'host' }],
  })
})

test('datadog: no request is larger than Datadog takes, and none is left out', async t => {
  const { server, series, send } = await open()
  t.after(server.close)
  const points = Array.from({ length: 5_000 }, (_, i) =>
    read({ name: 'many', type: 'gauge' }, { kind: 'number', value: i }, { label: 'x'.repeat(150), n: i }),
  )
  await send(batchOf(...points))
  assert.ok(server.requests.length > 1 && server.requests.every(({ body }) => Buffer.byteLength(body) <= 512_000))
  assert.deepEqual(
    series().map(({ points }) => points[0]?.value),
    points.map((_, i) => i),
  )
})

test('datadog: what passes is to be sent again after the time that was asked for; what does not is permanent', async t => {
  const { server, send } = await open()
  t.after(server.close)
  const batch = batchOf(read({ name: 'a', type: 'gauge' }, { kind: 'number', value: 1 }))
  server.script.push({ status: 429, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7' } })
  await assert.rejects(
    send(batch),
    (error: unknown) => error instanceof UnavailableError && error.retryAfterMs === 7_000,
  )
  server.script.push({ status: 413 })
  await assert.rejects(send(batch), (error: unknown) => error instanceof PermanentError)
  server.script.push({ status: 202 })
  await send(batch)
})
