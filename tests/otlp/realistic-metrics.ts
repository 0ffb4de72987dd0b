import { attributes } from './attributes.ts'
import type { Random } from './random.ts'
import { REALISTIC_START_UNIX_NANO, realisticResource } from './realistic-resource.ts'
import type { Plain } from './requests.ts'

const POINTS_PER_METRIC = 20
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** What an SDK with the usual instrumentation exports: sums, gauges and histograms in turn, five attributes each. */
export function realisticMetrics(count: number, random: Random): Plain {
  const metrics: Plain[] = []
  for (let from = 0; from < count; from += POINTS_PER_METRIC) {
    const size = Math.min(POINTS_PER_METRIC, count - from)
    metrics.push(
      metric(
        metrics.length,
        Array.from({ length: size }, () => point(random)),
        random,
      ),
    )
  }
  const scope = { name: '@opentelemetry/instrumentation-runtime-node', version: '0.24.0' }
  return { resourceMetrics: [{ resource: realisticResource('storefront'), scopeMetrics: [{ scope, metrics }] }] }
}

function metric(index: number, points: Plain[], random: Random): Plain {
  switch (index % 3) {
    case 0: {
      const dataPoints = points.map(base => ({ ...base, asInt: BigInt(random.int(1_000_000)) }))
      return {
        name: 'http.server.requests',
        unit: '{request}',
        sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true },
      }
    }
    case 1: {
      const dataPoints = points.map(base => ({ ...base, asDouble: random.fraction() }))
      return { name: 'nodejs.eventloop.utilization', unit: '1', gauge: { dataPoints } }
    }
    default: {
      const dataPoints = points.map(base => ({ ...base, ...distribution(random) }))
      return { name: 'http.server.request.duration', unit: 's', histogram: { dataPoints, aggregationTemporality: 2 } }
    }
  }
}

function point(random: Random): Plain {
  const values = {
    'http.request.method': 'GET',
    'http.route': random.pick(['/', '/cart', '/checkout']),
    'http.response.status_code': random.pick([200n, 404n, 500n]),
    'network.protocol.version': '1.1',
    'url.scheme': 'https',
  }
  const timeUnixNano = REALISTIC_START_UNIX_NANO + BigInt(random.int(60)) * 1_000_000_000n
  return { attributes: attributes(values), startTimeUnixNano: REALISTIC_START_UNIX_NANO, timeUnixNano }
}

function distribution(random: Random): Plain {
  const bucketCounts = Array.from({ length: BOUNDS.length + 1 }, () => random.int(40))
  const count = bucketCounts.reduce((sum, n) => sum + n, 0)
  return { count, sum: count * 0.12, bucketCounts, explicitBounds: BOUNDS, min: 0.001, max: 9.5 }
}
