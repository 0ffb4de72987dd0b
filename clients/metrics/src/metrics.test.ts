import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openReceiver, type Received } from '../../delivery/testing/receiver.ts'
import { createMetrics, type Metric, type MetricsOptions } from './index.ts'

const requests: Metric = { name: 'requests', type: 'counter', unit: '{request}', description: 'Requests' }

interface Point {
  readonly attributes: { readonly key: string; readonly value: unknown }[]
  readonly startTimeUnixNano: string
  readonly timeUnixNano: string
  readonly asDouble?: number
  readonly count?: string
}
interface OtlpMetric {
  readonly name: string
  readonly sum?: { readonly dataPoints: Point[] }
  readonly gauge?: { readonly dataPoints: Point[] }
  readonly histogram?: { readonly dataPoints: Point[] }
}
interface Body {
  readonly resourceMetrics: {
    readonly resource: {
      readonly attributes: { readonly key: string; readonly value: { readonly stringValue: string } }[]
    }
    readonly scopeMetrics: { readonly metrics: OtlpMetric[] }[]
  }[]
}
const bodyOf = ({ body }: Received) => JSON.parse(body.toString()) as Body // OTLP's shape
const metricsOf = (request: Received) => bodyOf(request).resourceMetrics[0]!.scopeMetrics[0]!.metrics
const sumIn = (request: Received) => metricsOf(request)[0]!.sum!.dataPoints[0]!.asDouble

function open(t: TestContext, options: Partial<MetricsOptions>) {
  const warnings: string[] = []
  const metrics = createMetrics({
    service: 'shop',
    environment: 'test',
    version: '1.2.3',
    flushIntervalMs: 20,
    onWarning: message => warnings.push(message),
    ...options,
  })
  t.after(() => metrics.close(0))
  return { metrics, warnings }
}

test('counters, gauges and histograms come as OTLP, cumulative since the start', async t => {
  const receiver = await openReceiver(t)
  const { metrics } = open(t, { endpoint: `${receiver.url}/`, flushIntervalMs: 60_000 })
  const started = Date.now()
  metrics.record(requests, { route: '/a' }, 2)
  metrics.record(requests, { route: '/a' }, 3)
  metrics.record({ name: 'depth', type: 'gauge' }, {}, 7.5)
  metrics.record({ name: 'latency', type: 'histogram', unit: 'ms', buckets: [10, 100] }, {}, 50)
  assert.equal(await metrics.flush(), true)
  assert.equal(receiver.requests.length, 1)
  const [request] = receiver.requests
  assert.equal(request!.path, '/v1/metrics')
  assert.equal(request!.headers['content-type'], 'application/json')
  const resource = bodyOf(request!).resourceMetrics[0]!.resource.attributes
  const known = Object.fromEntries(resource.map(({ key, value }) => [key, value.stringValue]))
  assert.deepEqual(
    [known['service.name'], known['deployment.environment.name'], known['service.version'], known['process.pid']],
    ['shop', 'test', '1.2.3', String(process.pid)],
  )
  assert.match(known['service.instance.id']!, /^[\da-f-]{36}$/)
  // Each series begins with its first record.
  const withoutTimes = ({ dataPoints, ...kind }: { readonly dataPoints: Point[] }) => ({
    ...kind,
    dataPoints: dataPoints.map(({ startTimeUnixNano, timeUnixNano, ...point }) => {
      for (const nanos of [startTimeUnixNano, timeUnixNano]) {
        assert.match(nanos, /^\d{19}$/)
        assert.ok(Math.abs(Number(nanos) / 1e6 - started) < 10_000)
      }
      return point
    }),
  })
  const timeless = metricsOf(request!).map(({ sum, gauge, histogram, ...metric }) => ({
    ...metric,
    ...(sum && { sum: withoutTimes(sum) }),
    ...(gauge && { gauge: withoutTimes(gauge) }),
    ...(histogram && { histogram: withoutTimes(histogram) }),
  }))
  assert.deepEqual(timeless, [
    {
      name: 'requests',
      unit: '{request}',
      description: 'Requests',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [{ attributes: [{ key: 'route', value: { stringValue: '/a' } }], asDouble: 5 }],
      },
    },
    { name: 'depth', unit: '', description: '', gauge: { dataPoints: [{ attributes: [], asDouble: 7.5 }] } },
    {
      name: 'latency',
      unit: 'ms',
      description: '',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            attributes: [],
            count: '1',
            sum: 50,
            min: 50,
            max: 50,
            explicitBounds: [10, 100],
            bucketCounts: ['0', '1', '0'],
          },
        ],
      },
    },
  ])
})

test('while the server is away counts go on, and the first answer after it has all of them', async t => {
  const receiver = await openReceiver(t)
  const { metrics, warnings } = open(t, { endpoint: receiver.url })
  metrics.record(requests, {}, 1)
  await receiver.received(1)
  await receiver.away()
  const before = receiver.requests.length
  // Three intervals of 10 s, at the test's pace.
  for (let i = 0; i < 1_000; i++) metrics.record(requests, {}, 1)
  while (warnings.length === 0) await new Promise(resolve => setImmediate(resolve))
  for (let i = 0; i < 1_000; i++) metrics.record(requests, {}, 1)
  await receiver.back()
  const received = await receiver.received(before + 1)
  assert.equal(sumIn(received[before]!), 2_001)
  assert.match(warnings[0]!, /^metrics: cannot deliver: ECONNREFUSED; 1 items wait$/)
})

const FAULTS: readonly (readonly [string, { status: number; headers?: Record<string, string> } | undefined])[] = [
  ['503 with Retry-After', { status: 503, headers: { 'retry-after': '0' } }],
  ['429', { status: 429, headers: { 'retry-after': '0' } }],
  ['500', { status: 500 }],
  ['401, which a new token mends,', { status: 401 }],
  ['404, which a new address mends,', { status: 404 }],
  ['no answer', undefined],
]
for (const [name, fault] of FAULTS) {
  test(`after ${name} the next try has what was recorded in between`, async t => {
    const receiver = await openReceiver(t)
    const { metrics } = open(t, { endpoint: receiver.url })
    receiver.answer = () => {
      receiver.answer = () => ({ status: 200, body: '{}' })
      metrics.record(requests, {}, 10)
      return fault
    }
    metrics.record(requests, {}, 1)
    const [first, second] = await receiver.received(2)
    assert.deepEqual([sumIn(first!), sumIn(second!)], [1, 11])
    assert.equal(metrics.status().rejected, 0)
  })
}

test('what the server refuses for good is counted and told of; the other requests of a collection arrive', async t => {
  const receiver = await openReceiver(t)
  const { metrics, warnings } = open(t, { endpoint: receiver.url, flushIntervalMs: 60_000 })
  receiver.answer = () => (receiver.requests.length === 0 ? { status: 400, body: 'no' } : { status: 200, body: '{}' })
  for (let id = 0; id < 1_500; id++) metrics.record(requests, { id }, 1)
  assert.equal(await metrics.flush(), true)
  assert.deepEqual(
    receiver.requests.map(request => metricsOf(request)[0]!.sum!.dataPoints.length),
    [1_000, 500],
  )
  assert.equal(metrics.status().rejected, 1_000)
  assert.deepEqual(warnings, ['metrics: the server refuses 1000 points (400 no): 1000 so far'])
})

test('points that the server leaves out of an accepted request are counted and told of', async t => {
  const receiver = await openReceiver(t)
  const { metrics, warnings } = open(t, { endpoint: receiver.url, flushIntervalMs: 60_000 })
  const body = JSON.stringify({ partialSuccess: { rejectedDataPoints: '1', errorMessage: 'too old' } })
  receiver.answer = () => ({ status: 200, body })
  metrics.record(requests, {}, 1)
  assert.equal(await metrics.flush(), true)
  assert.equal(metrics.status().rejected, 1)
  assert.deepEqual(warnings, ['metrics: the server refuses 1 points (too old): 1 so far'])
})

test('a server that never answers delays no record, and flush keeps its deadline', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const { metrics } = open(t, { endpoint: receiver.url })
  metrics.record(requests, {}, 1)
  await receiver.received(1)
  const started = performance.now()
  for (let i = 0; i < 10_000; i++) metrics.record(requests, { route: i % 10 }, 1)
  const perRecordMs = (performance.now() - started) / 10_000
  assert.ok(perRecordMs < 0.1, `${perRecordMs} ms`)
  assert.equal(await metrics.flush(50), false)
  assert.ok(performance.now() - started < 5_000)
})

test('nothing that is passed makes record throw; it is counted and told of once a minute', t => {
  const { metrics, warnings } = open(t, {})
  const bad: unknown[][] = [
    [requests, {}, -1],
    [requests, {}, -1],
    [null, {}, 1],
    [undefined, undefined, undefined],
    [
      requests,
      {
        get x() {
          throw new Error('mine')
        },
      },
      1,
    ],
    [requests, { x: Object.create(null) }, 1],
  ]
  for (const args of bad) metrics.record(...(args as Parameters<typeof metrics.record>)) // wrong on purpose
  assert.equal(metrics.status().refused, bad.length)
  assert.deepEqual(warnings, [
    'metrics: a value of requests is refused, a counter only goes up (1 refused so far)',
    'metrics: a value of a metric is refused, its arguments cannot be read (3 refused so far)',
  ])
})

test('without an endpoint, or with a bad one, the exposition still works', async t => {
  const { metrics, warnings } = open(t, { endpoint: 'not a url' })
  metrics.record(requests, {}, 1)
  assert.equal(
    metrics.exposition(),
    '# HELP requests_total Requests\n# TYPE requests_total counter\nrequests_total 1\n',
  )
  assert.equal(metrics.contentType, 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(await metrics.flush(), true)
  assert.match(warnings[0]!, /^metrics: nothing is sent: TypeError/)
})
