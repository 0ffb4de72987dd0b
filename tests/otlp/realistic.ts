import type { Signal } from '../../pipeline/model/index.ts'
import { attributes, type Values } from './attributes.ts'
import { Random } from './random.ts'
import { realisticMetrics } from './realistic-metrics.ts'
import { REALISTIC_START_UNIX_NANO, realisticResource } from './realistic-resource.ts'
import type { Plain } from './requests.ts'

const SPANS_PER_TRACE = 5
const RECORDS_PER_RESOURCE = 250

const SERVICES = ['storefront', 'checkout', 'payment', 'inventory']
const ROUTES = ['/', '/products/{id}', '/cart', '/checkout', '/orders/{id}', '/api/v2/recommendations']
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
]
const QUERIES = [
  'SELECT id, name, price_cents, stock FROM products WHERE id = $1',
  'INSERT INTO orders (customer_id, total_cents, status) VALUES ($1, $2, $3) RETURNING id',
  'UPDATE carts SET updated_at = now(), items = $2 WHERE id = $1',
]

/**
 * A request like those of a busy shop: a few resources, traces of five spans, ten attributes on each span and log
 * record (300 to 500 bytes encoded), values that repeat the way they do in practice. The same arguments always give the
 * same request. `count` is the number of spans, log records or data points.
 */
export function realisticRequest(signal: Signal, count: number, seed: number): Plain {
  const random = new Random(seed)
  if (signal === 'metrics') return realisticMetrics(count, random)
  const groups: Plain[] = []
  for (let from = 0; from < count; from += RECORDS_PER_RESOURCE) {
    const size = Math.min(RECORDS_PER_RESOURCE, count - from)
    const resource = realisticResource(SERVICES[groups.length % SERVICES.length]!)
    const scope = { name: '@opentelemetry/instrumentation-http', version: '0.211.0' }
    if (signal === 'traces') groups.push({ resource, scopeSpans: [{ scope, spans: spans(size, from, random) }] })
    else groups.push({ resource, scopeLogs: [{ scope, logRecords: logRecords(size, from, random) }] })
  }
  return signal === 'traces' ? { resourceSpans: groups } : { resourceLogs: groups }
}

function spans(count: number, from: number, random: Random): Plain[] {
  let traceId = ''
  let rootId = ''
  return Array.from({ length: count }, (_, i) => {
    const isRoot = i % SPANS_PER_TRACE === 0
    if (isRoot) traceId = random.hex(16)
    const spanId = random.hex(8)
    const start = at(from + i)
    const span = {
      traceId,
      spanId,
      startTimeUnixNano: start,
      endTimeUnixNano: start + BigInt(200_000 + random.int(80_000_000)),
      flags: 0x101,
    }
    if (!isRoot)
      return { ...span, parentSpanId: rootId, name: 'SELECT shop', kind: 3, attributes: attributes(query(random)) }
    rootId = spanId
    const failed = random.int(50) === 0
    const status = failed ? { code: 2, message: 'upstream request timeout' } : {}
    const events = failed ? [exception(start)] : []
    return { ...span, name: 'GET /products/{id}', kind: 2, attributes: attributes(call(random)), status, events }
  })
}

function call(random: Random): Values {
  const route = random.pick(ROUTES)
  return {
    'http.request.method': random.int(5) === 0 ? 'POST' : 'GET',
    'http.route': route,
    'url.path': route.replace('{id}', String(random.int(1_000_000))),
    'http.response.status_code': random.pick([200n, 200n, 200n, 304n, 404n, 500n]),
    'server.address': 'shop.example.com',
    'server.port': 443n,
    'client.address': `10.${random.int(4)}.${random.int(256)}.${random.int(256)}`,
    'network.protocol.version': '1.1',
    'user_agent.original': random.pick(AGENTS),
    'http.response.body.size': BigInt(random.int(200_000)),
  }
}

function query(random: Random): Values {
  return {
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'db.operation.name': 'SELECT',
    'db.collection.name': random.pick(['products', 'orders', 'carts']),
    'db.query.text': random.pick(QUERIES),
    'server.address': 'db-primary.internal',
    'server.port': 5432n,
    'db.response.returned_rows': BigInt(random.int(100)),
    'db.client.connection.pool.name': 'main',
    'thread.id': BigInt(random.int(64)),
  }
}

function exception(timeUnixNano: bigint): Plain {
  const values = {
    'exception.type': 'TimeoutError',
    'exception.message': 'upstream request timeout',
    'exception.stacktrace': 'TimeoutError: upstream request timeout\n    at fetchProduct (/app/src/products.js:81:11)',
  }
  return { timeUnixNano, name: 'exception', attributes: attributes(values) }
}

function logRecords(count: number, from: number, random: Random): Plain[] {
  return Array.from({ length: count }, (_, i) => {
    const time = at(from + i)
    const severityNumber = random.pick([9, 9, 9, 13, 17])
    return {
      timeUnixNano: time,
      observedTimeUnixNano: time + 1_000_000n,
      severityNumber,
      severityText: { 9: 'INFO', 13: 'WARN', 17: 'ERROR' }[severityNumber],
      body: { stringValue: `request ${random.hex(6)} for customer ${random.int(100_000)} took ${random.int(900)} ms` },
      attributes: attributes(call(random)),
      flags: 1,
      traceId: random.hex(16),
      spanId: random.hex(8),
    }
  })
}

function at(index: number): bigint {
  return REALISTIC_START_UNIX_NANO + BigInt(index) * 1_250_000n
}
