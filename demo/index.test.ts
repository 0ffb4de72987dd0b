import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { LAG } from './clock.ts'
import { SIGNALS } from './ledger.ts'
import { SERVICE_NAMES } from './shop/release.ts'
import { countBy, type DemoRun, nanos, runIntoSink } from './testing/demo-run.ts'
import type { SeenSpan } from './testing/flatten.ts'

const SERVER = 2
const CLIENT = 3
const PRODUCER = 4
const CONSUMER = 5

describe('a run', () => {
  let run: DemoRun
  let traces: Map<string, SeenSpan[]>
  before(async () => {
    run = await runIntoSink({ seed: 4, minutes: 3, rate: 5 })
    traces = Map.groupBy(run.received.traces, span => span.traceId)
  })

  test('sends exactly what it generated, and says so per signal and service', () => {
    const { result, received } = run
    for (const signal of SIGNALS) {
      assert.ok(received[signal].length > 1000, signal)
      assert.equal(result.generated[signal], received[signal].length)
      assert.equal(result.acknowledged[signal], received[signal].length)
      assert.equal(result.truth.sent.total[signal], received[signal].length)
      const perService = countBy<{ service: string }>(received[signal], item => item.service)
      for (const service of SERVICE_NAMES) {
        assert.equal(result.truth.sent.perService[service]?.[signal], perService[service], `${signal} of ${service}`)
      }
    }
    assert.deepEqual(result.rejected, { traces: 0, logs: 0, metrics: 0 })
    assert.deepEqual(result.warnings, [])
  })

  test('sends every span once', () => {
    assert.equal(new Set(run.received.traces.map(span => span.spanId)).size, run.received.traces.length)
  })

  test('has whole traces: one root at the storefront, every other parent in the same trace', () => {
    for (const spans of traces.values()) {
      const ids = new Set(spans.map(span => span.spanId))
      const roots = spans.filter(span => span.parentSpanId === '')
      assert.equal(roots.length, 1)
      assert.equal(roots[0]?.service, 'storefront')
      assert.equal(roots[0]?.kind, SERVER)
      for (const span of spans) assert.ok(span.parentSpanId === '' || ids.has(span.parentSpanId), span.name)
    }
  })

  test('crosses from service to service by client and server, or producer and consumer', () => {
    const byId = new Map(run.received.traces.map(span => [span.spanId, span]))
    let crossings = 0
    for (const span of run.received.traces) {
      const parent = byId.get(span.parentSpanId)
      if (parent === undefined || parent.service === span.service) continue
      crossings++
      assert.equal(
        `${parent.kind}>${span.kind}`,
        span.kind === CONSUMER ? `${PRODUCER}>${CONSUMER}` : `${CLIENT}>${SERVER}`,
      )
      if (span.kind === CONSUMER) assert.deepEqual(span.links, [parent.spanId])
      else assert.equal(parent.name, span.name)
    }
    assert.ok(crossings > 1000)
  })

  test('has many traces with all six services in them', () => {
    const complete = [...traces.values()].filter(spans => new Set(spans.map(span => span.service)).size === 6)
    assert.ok(complete.length > 100, `${complete.length}`)
  })

  test('keeps children within the time of the parent that waits for them', () => {
    const byId = new Map(run.received.traces.map(span => [span.spanId, span]))
    for (const span of run.received.traces) {
      assert.ok(span.start <= span.end, span.name)
      const parent = byId.get(span.parentSpanId)
      if (parent === undefined || span.kind === CONSUMER) continue
      assert.ok(parent.start <= span.start, span.name)
      // Who has closed the connection no longer waits: the service goes on without them.
      if (parent.attributes['http.response.status_code'] !== 499n) assert.ok(span.end <= parent.end, span.name)
    }
  })

  test('has clients who leave, retries, and declined cards', () => {
    const { traces, logs } = run.received
    assert.ok(traces.some(span => span.attributes['http.response.status_code'] === 499n))
    for (const what of [
      /^inventory answered UNAVAILABLE, attempt 1 of 2, retrying/,
      /^charge at card gateway failed, attempt 1 of 2, retrying/,
    ]) {
      assert.ok(
        logs.some(record => record.severity === 'WARN' && what.test(record.body)),
        `${what}`,
      )
    }
    assert.ok(logs.some(record => record.attributes['exception.type'] === 'CardDeclinedError'))
  })

  test('carries the ids of the request, the user and the order through all services', () => {
    for (const spans of traces.values()) {
      for (const key of ['request.id', 'user.id', 'order.id']) {
        const values = new Set(spans.map(span => span.attributes[key]).filter(value => value !== undefined))
        assert.ok(values.size <= 1, `${key}: ${[...values].join()}`)
      }
      for (const span of spans) assert.match(String(span.attributes['request.id']), /^[0-9a-f-]{36}$/)
      const beyond = spans.filter(span => span.service === 'payment' || span.service === 'shipping')
      for (const span of beyond) assert.match(String(span.attributes['order.id']), /^ord_/)
    }
  })

  test('writes log lines that belong to a span of the same service', () => {
    const services = new Map(run.received.traces.map(span => [`${span.traceId}/${span.spanId}`, span.service]))
    const outside = run.received.logs.filter(record => record.traceId === '')
    assert.ok(outside.length < 20, 'only starts and deploys happen outside of requests')
    for (const record of run.received.logs) {
      if (record.traceId !== '') assert.equal(services.get(`${record.traceId}/${record.spanId}`), record.service)
    }
  })

  test('marks a log line with an error only where it is one', () => {
    for (const record of run.received.logs) {
      const isFailure = 'exception.type' in record.attributes
      if (record.severity === 'ERROR') assert.ok(isFailure, record.body)
      if (record.severity === 'INFO' || record.severity === 'DEBUG')
        assert.ok(!isFailure && !('error.type' in record.attributes), record.body)
    }
  })

  test('writes several kinds of lines in every service, and no e-mail address in any', () => {
    for (const service of SERVICE_NAMES) {
      const bodies = run.received.logs.filter(record => record.service === service).map(record => record.body)
      const shapes = new Set(bodies.map(body => body.replace(/[\w.-]*\d[\w.-]*/g, '#')))
      assert.ok(shapes.size >= 8, `${service}: ${[...shapes].join()}`)
      for (const body of bodies) assert.doesNotMatch(body, /\S@\S/)
    }
  })

  test('lies in its window, which has passed', () => {
    const { window } = run.result.truth
    const start = nanos(window.start)
    const end = nanos(window.end) + BigInt(LAG)
    assert.ok(end <= BigInt(Date.now()) * 1_000_000n)
    const within = (from: bigint, to: bigint): void => assert.ok(start <= from && from <= to && to <= end)
    for (const span of run.received.traces) within(span.start, span.end)
    for (const record of run.received.logs) within(record.time, record.time)
    for (const point of run.received.metrics) within(point.start, point.time)
  })

  test('measures what the traces show: as many requests in the histograms as there are server spans', () => {
    const { metrics, traces } = run.received
    const series: readonly [metric: string, spans: SeenSpan[]][] = [
      ['http.server.request.duration', traces.filter(span => span.kind === SERVER && 'http.route' in span.attributes)],
      ['rpc.server.call.duration', traces.filter(span => span.kind === SERVER && 'rpc.method' in span.attributes)],
      ['messaging.process.duration', traces.filter(span => span.kind === CONSUMER)],
      ['db.client.operation.duration', traces.filter(span => 'db.system.name' in span.attributes)],
    ]
    for (const [metric, spans] of series) {
      const points = metrics.filter(point => point.metric === metric)
      assert.ok(points.length > 0 && points.every(point => point.unit === 's'), metric)
      // Cumulative: what an instance said at any time is all that had ended by then.
      const said = Map.groupBy(points, point => `${point.instance} ${point.time}`)
      for (const together of said.values()) {
        const [first] = together
        assert.ok(first !== undefined)
        const ended = spans.filter(span => span.instance === first.instance && span.end <= first.time)
        const counted = together.reduce((sum, point) => sum + (point.count ?? 0n), 0n)
        assert.equal(counted, BigInt(ended.length), `${metric} of ${first.service} ${first.version} at ${first.time}`)
      }
      const instances = new Set(spans.map(span => span.instance))
      assert.deepEqual(new Set(points.map(point => point.instance)), instances, `${metric}: every instance tells`)
    }
  })

  test('measures gauges, sums, histograms and exponential histograms, every ten seconds', () => {
    assert.deepEqual(Object.keys(countBy(run.received.metrics, point => point.kind)).sort(), [
      'exponential_histogram',
      'gauge',
      'histogram',
      'sum',
    ])
    const start = nanos(run.result.truth.window.start)
    const memory = run.received.metrics.filter(
      point => point.metric === 'process.memory.usage' && point.service === 'storefront',
    )
    const ticks = new Set(memory.map(point => Number((point.time - start) / 1_000_000_000n)))
    for (let second = 10; second <= 180; second += 10) assert.ok(ticks.has(second), `${second} s`)
  })
})

/** Everything that a run sent, with times relative to its start, as one number. Order of arrival does not count. */
function digest({ result, received }: DemoRun): string {
  const start = nanos(result.truth.window.start)
  const since = (key: string, value: unknown): unknown =>
    typeof value !== 'bigint' ? value : String(/^(start|end|time)$/.test(key) ? value - start : value)
  const lines = SIGNALS.flatMap(signal => received[signal].map(item => JSON.stringify(item, since)))
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

test('a seed fixes every id, time, attribute and stack; another seed changes them', async () => {
  const options = { minutes: 2, rate: 3 }
  const first = digest(await runIntoSink({ ...options, seed: 7 }))
  assert.equal(digest(await runIntoSink({ ...options, seed: 7 })), first)
  assert.notEqual(digest(await runIntoSink({ ...options, seed: 12 })), first)
})
