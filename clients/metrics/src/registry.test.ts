import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry, type Refusal } from './registry.ts'
import type { Labels, Metric } from './series.ts'

const counter: Metric = { name: 'requests', type: 'counter' }

/** Values that a caller without types can pass. */
const REFUSED: readonly (readonly [metric: unknown, labels: unknown, value: unknown, why: Refusal])[] = [
  [counter, {}, Number.NaN, 'value'],
  [counter, {}, Number.POSITIVE_INFINITY, 'value'],
  [counter, {}, '1', 'value'],
  [counter, {}, 1n, 'value'],
  [counter, {}, -1, 'negative'],
  [{ name: '9lives', type: 'counter' }, {}, 1, 'name'],
  [{ name: 'a b', type: 'counter' }, {}, 1, 'name'],
  [{ name: 'x'.repeat(256), type: 'counter' }, {}, 1, 'name'],
  [{ type: 'counter' }, {}, 1, 'name'],
  [{ name: 'x', type: 'summary' }, {}, 1, 'type'],
  [{ name: 'requests', type: 'gauge' }, {}, 1, 'conflict'],
  [counter, 'label', 1, 'labels'],
  [counter, Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, i])), 1, 'labels'],
]
test('a bad value is refused, and changes nothing', () => {
  const registry = createRegistry()
  registry.record(counter, {}, 1)
  const before = JSON.stringify([...registry.families].map(({ series }) => [...series]))
  for (const [metric, labels, value, why] of REFUSED) {
    assert.equal(registry.record(metric as Metric, labels as Labels, value as number), why) // wrong on purpose
  }
  assert.equal(JSON.stringify([...registry.families].map(({ series }) => [...series])), before)
  assert.equal(registry.seriesCount, 1)
})

test('a sum never leaves the numbers', () => {
  const registry = createRegistry()
  for (const type of ['counter', 'histogram'] as const) {
    const metric: Metric = { name: type, type }
    assert.equal(registry.record(metric, {}, Number.MAX_VALUE), undefined)
    assert.equal(registry.record(metric, {}, Number.MAX_VALUE), 'value')
  }
  const [sum, distribution] = [...registry.families].map(({ series }) => [...series.values()][0]!)
  assert.equal(sum!.value, Number.MAX_VALUE)
  assert.deepEqual([distribution!.distribution!.count, distribution!.distribution!.sum], [1, Number.MAX_VALUE])
})

test('labels are one set in any order, as text, without those that have no value', () => {
  const registry = createRegistry()
  registry.record(counter, { a: 1, b: 'x', c: undefined }, 1)
  registry.record(counter, { b: 'x', a: '1', d: null }, 1)
  const [family] = registry.families
  assert.deepEqual(
    [...family!.series.values()].map(({ labels, value }) => ({ labels, value })),
    [
      {
        labels: [
          ['a', '1'],
          ['b', 'x'],
        ],
        value: 2,
      },
    ], // prettier as a table than as lines
  )
})

test('past 2,000 label sets all others go to one series, and no count is lost', () => {
  const registry = createRegistry()
  for (let id = 0; id < 5_000; id++) assert.equal(registry.record(counter, { id }, 1), undefined)
  registry.record(counter, { id: 7 }, 1)
  const [family] = registry.families
  assert.equal(family!.series.size, 2_001)
  const all = [...family!.series.values()]
  assert.deepEqual(all.at(-1), { labels: [['otel.metric.overflow', true]], value: 3_000, distribution: undefined })
  assert.equal(
    all.reduce((sum, { value }) => sum + value, 0),
    5_001,
  )
  assert.equal(registry.overflowed, 3_000)
})

test('memory is bounded over all metrics, too', () => {
  const registry = createRegistry()
  for (let m = 0; m < 20; m++) {
    for (let id = 0; id < 2_000; id++) registry.record({ name: `m${m}`, type: 'gauge' }, { id }, 1)
  }
  assert.ok(registry.seriesCount <= 30_000 + 20, String(registry.seriesCount))
  for (let m = 20; m < 1_000; m++) assert.equal(registry.record({ name: `m${m}`, type: 'gauge' }, {}, 1), undefined)
  assert.equal(registry.record({ name: 'one_more', type: 'gauge' }, {}, 1), 'metrics')
})

test('a value on a bound belongs to the bucket below it; bounds are sorted and made distinct', () => {
  const registry = createRegistry()
  const metric: Metric = { name: 'h', type: 'histogram', buckets: [10, 1, Number.NaN, 10] }
  for (const value of [1, 1.5, 10, 11, -3]) registry.record(metric, {}, value)
  const [family] = registry.families
  assert.deepEqual(family!.bounds, [1, 10])
  assert.deepEqual([...family!.series.values()][0]!.distribution, {
    counts: [2, 2, 1],
    count: 5,
    sum: 20.5,
    min: -3,
    max: 11,
  })
})

test('a histogram of seconds has bounds for seconds', () => {
  const registry = createRegistry()
  registry.record({ name: 's', type: 'histogram', unit: 's' }, {}, 0)
  registry.record({ name: 'ms', type: 'histogram', unit: 'ms' }, {}, 0)
  assert.deepEqual(
    [...registry.families].map(({ bounds }) => bounds.at(-1)),
    [10, 10_000],
  )
})

test('labels are the same series in whatever order and type they are given, and never that of others', () => {
  const registry = createRegistry()
  const metric = { name: 'requests', type: 'counter' } as const
  for (let round = 0; round < 2; round++) {
    registry.record(metric, { route: '/a', code: '200' }, 1)
    registry.record(metric, { code: '200', route: '/a' }, 1)
    registry.record(metric, { code: 200 as unknown as string, route: '/a' }, 1)
    registry.record(metric, { route: '/a1', cod: 'e200' }, 10)
    registry.record(metric, { 'route/a': '', code: '200' }, 100)
  }
  const [family] = [...registry.families]
  assert.deepEqual([...family!.series.values()].map(({ value }) => value).sort(), [20, 200, 6])
})
