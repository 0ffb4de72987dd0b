import type { Signal } from '../../pipeline/model/index.ts'
import { attributes } from '../../tests/otlp/attributes.ts'
import { Random } from '../../tests/otlp/random.ts'
import { encodeRequest, type Plain } from '../../tests/otlp/requests.ts'

/**
 * Traffic unlike the demo's: 40 services in 3 pods each, most of them rarely asked; ids in the names of operations; log
 * lines as programs without structured logging write them, outside of traces; counters that are integers, gauges by
 * queue, delta histograms. Twelve traces and thirty lines a second, metrics every fifteen seconds.
 */
const SERVICES = 40
const PODS = 3
const TRACES_PER_SECOND = 12
const LINES_PER_SECOND = 30
const METRICS_EVERY_S = 15
const SECONDS_PER_REQUEST = 5
const SECOND_NS = 1_000_000_000n

export async function sendPlatform(endpoint: string, minutes: number): Promise<void> {
  const random = new Random(20)
  const start = BigInt(Date.now() - minutes * 60_000) * 1_000_000n
  for (let second = 0; second < minutes * 60; second += SECONDS_PER_REQUEST) {
    const at = (offset: number) => start + BigInt(second) * SECOND_NS + BigInt(Math.floor(offset * 1e9))
    await send(endpoint, 'traces', { resourceSpans: traces(random, at) })
    await send(endpoint, 'logs', { resourceLogs: lines(random, at) })
    if (second % METRICS_EVERY_S === 0) await send(endpoint, 'metrics', { resourceMetrics: metrics(random, at, start) })
  }
}

async function send(endpoint: string, signal: Signal, request: Plain): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf' }
  const body = new Uint8Array(encodeRequest(signal, request))
  const response = await fetch(`${endpoint}/v1/${signal}`, { method: 'POST', headers, body })
  if (!response.ok) throw new Error(`${signal}: ${response.status} ${await response.text()}`)
}

type At = (offsetSeconds: number) => bigint

/** Cubed: the first services are asked most. */
function anyService(random: Random): number {
  return Math.floor(random.fraction() ** 3 * SERVICES)
}

function resource(service: number, pod: number): Plain {
  return {
    attributes: attributes({
      'service.name': `team-${service % 7}-service-${service}`,
      'service.version': `2026.11.${service % 20}`,
      'service.namespace': `team-${service % 7}`,
      'deployment.environment.name': 'production',
      'host.name': `node-${(service * PODS + pod) % 11}`,
      'k8s.pod.name': `service-${service}-${(service * 7919 + pod).toString(36)}`,
      'k8s.cluster.name': 'eu-1',
      'telemetry.sdk.language': 'java',
    }),
  }
}

function traces(random: Random, at: At): Plain[] {
  const spans = new Map<string, Plain[]>()
  for (let n = 0; n < TRACES_PER_SECOND * SECONDS_PER_REQUEST; n++) {
    const traceId = random.hex(16)
    let parentSpanId: string | undefined
    const begin = at(random.fraction() * SECONDS_PER_REQUEST)
    for (let depth = 2 + random.int(12); depth > 0; depth--) {
      const spanId = random.hex(8)
      const key = `${anyService(random)} ${random.int(PODS)}`
      const span = { traceId, spanId, parentSpanId, ...work(random, begin), flags: 0x101 }
      spans.set(key, [...(spans.get(key) ?? []), span])
      if (random.int(3) > 0) parentSpanId = spanId
    }
  }
  return [...spans].map(([key, list]) => {
    const [service = 0, pod = 0] = key.split(' ').map(Number)
    return {
      resource: resource(service, pod),
      scopeSpans: [{ scope: { name: 'io.opentelemetry.spring-webmvc', version: '2.20.1' }, spans: list }],
    }
  })
}

function work(random: Random, begin: bigint): Plain {
  const startTimeUnixNano = begin + BigInt(random.int(50_000_000))
  const times = { startTimeUnixNano, endTimeUnixNano: startTimeUnixNano + BigInt(random.int(90_000_000)) }
  const thread = { 'thread.id': BigInt(random.int(200)), 'thread.name': `http-nio-8080-exec-${random.int(200)}` }
  switch (random.int(4)) {
    case 0: {
      const customer = random.int(1_000_000)
      return {
        ...times,
        name: `GET /api/customers/${customer}`,
        kind: 2,
        attributes: attributes({
          'http.request.method': 'GET',
          'url.path': `/api/customers/${customer}`,
          'http.response.status_code': random.pick([200n, 200n, 200n, 404n, 503n]),
          'client.address': `10.1.${random.int(256)}.${random.int(256)}`,
          'enduser.id': `${customer}`,
          'http.request.header.x-request-id': [random.hex(16)],
          ...thread,
        }),
      }
    }
    case 1: {
      const table = `table_${random.int(30)}`
      return {
        ...times,
        name: `SELECT ${table}`,
        kind: 3,
        attributes: attributes({
          'db.system.name': 'mysql',
          'db.query.text': `SELECT a, b, c FROM ${table} WHERE id IN (${random.int(1e6)}, ${random.int(1e6)})`,
          'server.address': `db-${random.int(4)}.internal`,
          'server.port': 3306n,
          ...thread,
        }),
      }
    }
    case 2:
      return {
        ...times,
        name: `orders.${random.int(8)} publish`,
        kind: 4,
        attributes: attributes({
          'messaging.system': 'kafka',
          'messaging.destination.name': `orders.${random.int(8)}`,
          'messaging.kafka.offset': BigInt(random.int(1e9)),
          'messaging.message.body.size': BigInt(random.int(5000)),
          ...thread,
        }),
      }
    default:
      return { ...times, name: `Worker.step${random.int(60)}`, kind: 1, attributes: attributes({ ...thread }) }
  }
}

function lines(random: Random, at: At): Plain[] {
  return Array.from({ length: LINES_PER_SECOND * SECONDS_PER_REQUEST }, (_, n) => {
    const timeUnixNano = at((n / LINES_PER_SECOND) | 0)
    const body = random.pick([
      `Connection pool HikariPool-${random.int(4)} stats (total=${random.int(20)}, active=${random.int(20)}, idle=${random.int(20)}, waiting=0)`,
      `Processed batch ${random.hex(8)} with ${random.int(500)} entries in ${random.int(2000)} ms, next offset ${random.int(1e9)}`,
      `Cache miss for key customer:${random.int(1e6)}:profile, loading from origin`,
      `GC pause (young) ${random.int(90)} ms, heap ${random.int(4000)}M -> ${random.int(2000)}M`,
    ])
    const record = {
      timeUnixNano,
      observedTimeUnixNano: timeUnixNano + 180_000_000n,
      severityNumber: random.pick([5, 9, 9, 9, 13]),
      body: { stringValue: body },
      attributes: attributes({
        'log.file.name': `app-${random.int(3)}.log`,
        'thread.name': `worker-${random.int(64)}`,
      }),
    }
    return { resource: resource(anyService(random), random.int(PODS)), scopeLogs: [{ logRecords: [record] }] }
  })
}

function metrics(random: Random, at: At, start: bigint): Plain[] {
  const timeUnixNano = at(0)
  return Array.from({ length: SERVICES * PODS }, (_, i) => {
    const point = (values: Record<string, string>, more: Plain) => ({
      attributes: attributes(values),
      timeUnixNano,
      ...more,
    })
    const queues = Array.from({ length: 5 }, (_, q) => `queue-${q}`)
    const memory = queues.map(pool => point({ 'jvm.memory.pool.name': pool }, { asInt: BigInt(random.int(1e9)) }))
    const served = ['200', '404', '500'].map(status =>
      point({ status }, { startTimeUnixNano: start, asInt: timeUnixNano - start + BigInt(random.int(100)) }),
    )
    const bounds = [0.01, 0.05, 0.1, 0.5, 1, 5]
    const times = ['/a', '/b'].map(route =>
      point(
        { 'http.route': route },
        {
          startTimeUnixNano: timeUnixNano - BigInt(METRICS_EVERY_S) * SECOND_NS,
          count: 70,
          sum: random.fraction() * 10,
          bucketCounts: [...bounds, 0].map(() => 10),
          explicitBounds: bounds,
        },
      ),
    )
    const metrics = [
      { name: 'jvm.memory.used', unit: 'By', description: 'Measure of memory used.', gauge: { dataPoints: memory } },
      {
        name: 'requests.served',
        unit: '{request}',
        sum: { dataPoints: served, aggregationTemporality: 2, isMonotonic: true },
      },
      { name: 'request.duration', unit: 's', histogram: { dataPoints: times, aggregationTemporality: 1 } },
    ]
    return { resource: resource(i % SERVICES, i % PODS), scopeMetrics: [{ scope: { name: 'io.micrometer' }, metrics }] }
  })
}
