import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildTrees, criticalPath, firstCause, flatten, type TraceSpan } from './tree.ts'

function span(
  spanId: string,
  parentSpanId: string | undefined,
  startMs: number,
  durationMs: number,
  status = 'unset',
): TraceSpan {
  return {
    spanId,
    parentSpanId,
    service: 's',
    name: spanId,
    kind: 'internal',
    status,
    statusMessage: undefined,
    startMs,
    durationMs,
    exception: undefined,
  }
}

/** root 0-100: a 0-30, b 10-40 (beside a), c 50-95 with d 60-95. */
const SPANS = [
  span('root', undefined, 0, 100, 'error'),
  span('d', 'c', 60, 35, 'error'),
  span('a', 'root', 0, 30),
  span('b', 'root', 10, 30, 'error'),
  span('c', 'root', 50, 45, 'error'),
]

test('spans become a tree in order of time, each with the time that no child accounts for', () => {
  const [root, ...others] = buildTrees(SPANS)
  assert.equal(others.length, 0)
  assert.deepEqual(
    flatten([root!]).map(({ span, depth, selfMs }) => [span.name, depth, selfMs]),
    [
      ['root', 0, 15],
      ['a', 1, 30],
      ['b', 1, 30],
      ['c', 1, 10],
      ['d', 2, 35],
    ],
  )
})

test('the critical path leaves out what runs beside it, and allows for clocks', () => {
  assert.deepEqual(
    criticalPath(buildTrees(SPANS)[0]!).map(({ node }) => node.span.name),
    ['root', 'b', 'c', 'd'],
  )
  const late = [span('root', undefined, 0, 100), span('x', 'root', 1, 99.5)]
  assert.deepEqual(
    criticalPath(buildTrees(late)[0]!).map(({ node }) => node.span.name),
    ['root', 'x'],
  )
})

test('the first cause is the earliest failure that no failed call explains', () => {
  assert.equal(firstCause(buildTrees(SPANS))?.span.name, 'b')
  assert.equal(firstCause(buildTrees(SPANS.filter(({ name }) => name !== 'b')))?.span.name, 'd')
  assert.equal(firstCause(buildTrees([span('root', undefined, 0, 1)])), undefined)
})

test('any spans, also in circles and without parents, are all in the trees, once', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const any = fc.uniqueArray(
    fc.record({ id, parent: fc.option(id, { nil: undefined }), start: fc.nat(50), duration: fc.nat(50) }),
    { selector: one => one.id },
  )
  fc.assert(
    fc.property(any, list => {
      const spans = list.map(one => span(one.id, one.parent, one.start, one.duration))
      const trees = buildTrees(spans)
      assert.deepEqual(
        flatten(trees)
          .map(node => node.span.name)
          .sort(),
        spans.map(({ name }) => name).sort(),
      )
      for (const tree of trees) assert.ok(criticalPath(tree).length >= 1)
    }),
  )
})

test('what is waited for adds up to the time of the root, each moment once', () => {
  const waited = criticalPath(buildTrees(SPANS)[0]!).map(({ node, waited }) => [node.span.name, waited])
  assert.deepEqual(waited, [
    [
      'root',
      [
        [0, 10],
        [40, 50],
        [95, 100],
      ],
    ],
    ['b', [[10, 40]]],
    ['c', [[50, 60]]],
    ['d', [[60, 95]]],
  ])
})

test('a trace as deep as it has spans is laid out as any other', () => {
  const chain = Array.from({ length: 20_000 }, (_, i) =>
    span(`s${i}`, i === 0 ? undefined : `s${i - 1}`, i, 40_000 - 2 * i, 'error'),
  )
  const trees = buildTrees(chain)
  assert.equal(flatten(trees).length, 20_000)
  assert.equal(criticalPath(trees[0]!).length, 20_000)
  assert.equal(firstCause(trees)?.span.name, 's19999')
})
