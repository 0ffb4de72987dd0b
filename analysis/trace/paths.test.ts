import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareTraces, whatDiffers } from './compare.ts'
import { overlay, type PathSpan } from './paths.ts'
import { buildTrees } from './tree.ts'

function span(
  spanId: string,
  parent: string | undefined,
  startMs: number,
  durationMs: number,
  name = spanId,
  status = 'unset',
): PathSpan {
  return { spanId, parentSpanId: parent, startMs, durationMs, name, service: name.split(' ')[0]!, status }
}

const treeOf = (spans: PathSpan[]) => buildTrees(spans)[0]!

const GOOD = treeOf([
  span('r', undefined, 1_000, 100, 'shop GET /cart/17'),
  span('a', 'r', 1_010, 20, 'db SELECT'),
  span('b', 'r', 1_040, 20, 'db SELECT'),
  span('c', 'r', 1_070, 10, 'mail send'),
])
const BAD = treeOf([
  span('r', undefined, 5_000, 400, 'shop GET /cart/99', 'error'),
  span('a', 'r', 5_010, 320, 'db SELECT', 'error'),
  span('n', 'a', 5_020, 10, 'cache get'),
])

test('traces of one operation lie over one another: ids in names do not count, calls stand beneath their callers', () => {
  const rows = overlay(
    new Map([
      ['good', GOOD],
      ['bad', BAD],
    ]),
  )
  assert.deepEqual(
    rows.map(({ depth, operation, traces, spans, errors, startMs }) => [
      depth,
      operation,
      traces,
      spans,
      errors,
      startMs,
    ]),
    [
      [0, 'shop GET /cart/<num>', 2, 2, 1, 0],
      [1, 'db SELECT', 2, 3, 1, 10],
      [2, 'cache get', 1, 1, 0, 20],
      [1, 'mail send', 1, 1, 0, 70],
    ],
  )
  const [root, db] = rows
  assert.equal(root?.p50Ms, 100)
  assert.equal(root?.p95Ms, 400)
  assert.deepEqual(db?.slowest, { traceId: 'bad', spanId: 'a', durationMs: 320 })
  assert.equal(db?.selfMs, (20 + 20 + 310) / 2)
  const waited = rows.reduce((sum, { criticalMs }) => sum + criticalMs, 0)
  assert.equal(waited, (100 + 400) / 2, 'what is waited for adds up to the mean duration')
})

test('against a good trace, what fails comes first, then what takes longer itself; what is missing stands in its place', () => {
  const calls = compareTraces(BAD, GOOD)
  assert.deepEqual(
    calls.map(({ operation, here, there }) => [operation, here?.spans, there?.spans]),
    [
      ['shop GET /cart/<num>', 1, 1],
      ['mail send', undefined, 1],
      ['db SELECT', 1, 2],
      ['cache get', 1, undefined],
    ],
  )
  assert.deepEqual(
    whatDiffers(calls).map(({ operation, selfDifferenceMs }) => [operation, selfDifferenceMs]),
    [
      ['db SELECT', 270],
      ['shop GET /cart/<num>', 30],
    ],
  )
})

test('a sender that names operations by what they did cannot make the overlay grow without bound', () => {
  const spans = Array.from({ length: 5_000 }, (_, i) =>
    span(
      `s${i}`,
      i === 0 ? undefined : 's0',
      i,
      1,
      `x ${'abcdefghij'[i % 10]}${'klmnopqrst'[Math.floor(i / 10) % 10]}${'uvwxyzabcd'[Math.floor(i / 100) % 10]}${'efghijklmn'[Math.floor(i / 1000)]}`,
    ),
  )
  assert.ok(overlay(new Map([['t', treeOf(spans)]])).length <= 2_000)
})
