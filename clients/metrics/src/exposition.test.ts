import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exposition } from './exposition.ts'
import { createRegistry } from './registry.ts'
import type { Labels, Metric } from './series.ts'

type Value = readonly [metric: Metric, labels: Labels, value: number]

function exposed(...values: readonly Value[]): string {
  const registry = createRegistry()
  for (const [metric, labels, value] of values) assert.equal(registry.record(metric, labels, value), undefined)
  return exposition(registry.families)
}

test('a counter ends in _total, a gauge keeps its name, a histogram has cumulative buckets, sum and count', () => {
  const duration: Metric = { name: 'http.server.duration', type: 'histogram', unit: 's', buckets: [0.5, 0.1, 0.5, 2] }
  const text = exposed(
    [{ name: 'requests', type: 'counter', description: 'All of them' }, { route: '/a', method: 'GET' }, 2],
    [{ name: 'requests', type: 'counter' }, { method: 'GET', route: '/a' }, 3],
    [{ name: 'jobs_total', type: 'counter' }, {}, 1],
    [{ name: 'queue.depth', type: 'gauge' }, {}, -7.5],
    [duration, { route: '/a' }, 0.1],
    [duration, { route: '/a' }, 0.3],
    [duration, { route: '/a' }, 60],
  )
  assert.equal(
    text,
    `# HELP requests_total All of them
# TYPE requests_total counter
requests_total{method="GET",route="/a"} 5
# TYPE jobs_total counter
jobs_total 1
# TYPE queue_depth gauge
queue_depth -7.5
# TYPE http_server_duration histogram
http_server_duration_bucket{route="/a",le="0.1"} 1
http_server_duration_bucket{route="/a",le="0.5"} 2
http_server_duration_bucket{route="/a",le="2"} 2
http_server_duration_bucket{route="/a",le="+Inf"} 3
http_server_duration_sum{route="/a"} 60.4
http_server_duration_count{route="/a"} 3
`,
  )
})

test('quotes, backslashes and line ends are escaped in labels and in help', () => {
  const description = 'first "line"\nsecond \\ line'
  const text = exposed([{ name: 'g', type: 'gauge', description }, { path: 'C:\\x "y"\nz', ünï: 'ö' }, 1])
  assert.equal(
    text,
    '# HELP g first "line"\\nsecond \\\\ line\n# TYPE g gauge\ng{path="C:\\\\x \\"y\\"\\nz",_n_="ö"} 1\n',
  )
})

test('label names become what Prometheus allows, those that become the same are joined', () => {
  const text = exposed([
    { name: 'g', type: 'histogram', buckets: [1] },
    { 'a.b': 1, a_b: 2, le: 'x', '1st': 3, __name__: 4 },
    1,
  ])
  const labels = '_1st="3",exported_name__="4",a_b="1;2",exported_le="x"'
  assert.ok(text.includes(`g_bucket{${labels},le="1"} 1\n`), text)
})

test('what Prometheus could not tell apart is written once, and the rest is told of', () => {
  const text = exposed(
    [{ name: 'a.b', type: 'gauge' }, { 'x.y': '1' }, 1],
    [{ name: 'a.b', type: 'gauge' }, { x_y: '1' }, 2],
    [{ name: 'a_b', type: 'gauge' }, {}, 3],
    [{ name: 'h', type: 'histogram', buckets: [1] }, {}, 4],
    [{ name: 'h_count', type: 'gauge' }, {}, 5],
  )
  assert.equal(text.match(/^a_b/gm)?.length, 1)
  assert.equal(text.match(/^h_count/gm)?.length, 1)
  assert.ok(text.endsWith("# 3 series left out: their names are taken in Prometheus' spelling\n"), text)
})
