import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gridFloor, isExpired, missingRanges, partitionName, type Range, rangeAround } from './ranges.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const time = fc.integer({ min: Date.UTC(1969, 0), max: Date.UTC(2100, 0) })
const size = fc.constantFrom(HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY)
/** Ranges that touch at most, as the database has them: made in other sizes, at other times, some with no bound. */
const ranges = fc.array(time, { maxLength: 12 }).map(times => {
  const edges = [...new Set(times)].sort((a, b) => a - b)
  const all = edges.slice(1).map((to, i) => ({ from: edges[i]!, to }))
  const kept = all.filter((_, i) => i % 3 !== 1)
  return edges.length > 4 ? [{ from: -Infinity, to: edges[0]! }, ...kept] : kept
})

function covered(all: readonly Range[], at: number): number {
  return all.filter(({ from, to }) => from <= at && at < to).length
}

test('what is missing fills every gap once, and nothing is covered twice', () => {
  fc.assert(
    fc.property(ranges, time, fc.integer({ min: 0, max: 40 * DAY }), size, time, (existing, from, length, size, at) => {
      const span = { from, to: from + Math.min(length, 40 * size) }
      const made = missingRanges(existing, span, size)
      const all = [...existing, ...made]
      for (const probe of [from, span.to - 1, at, ...made.flatMap(range => [range.from, range.to - 1])]) {
        if (probe >= span.from && probe < span.to) assert.equal(covered(all, probe), 1)
      }
      for (const { from, to } of made) {
        assert.ok(from >= span.from && to <= span.to && from < to && gridFloor(from, size) === gridFloor(to - 1, size))
      }
    }),
  )
})

test('the range around a moment holds it, stays in one cell of the grid, and overlaps none that is there', () => {
  fc.assert(
    fc.property(ranges, time, size, (existing, at, size) => {
      const range = rangeAround(existing, at, size)
      if (covered(existing, at) > 0) return assert.equal(range, undefined)
      assert.ok(range && range.from <= at && at < range.to)
      assert.equal(gridFloor(range.from, size), gridFloor(range.to - 1, size))
      for (const other of existing) assert.ok(range.to <= other.from || other.to <= range.from)
    }),
  )
})

test('a partition goes when its last moment is as old as rows are kept, not a millisecond before', () => {
  const to = Date.UTC(2026, 9, 25)
  assert.equal(isExpired({ from: to - DAY, to }, new Date(to + 30 * DAY), 30), true)
  assert.equal(isExpired({ from: to - DAY, to }, new Date(to + 30 * DAY - 1), 30), false)
  assert.equal(isExpired({ from: -Infinity, to }, new Date(to + 30 * DAY), 30), true)
})

test('names say when a range begins', () => {
  const cases: [number, string][] = [
    [Date.UTC(2026, 10, 29), 'trace_spans_p20261129'],
    [Date.UTC(2026, 10, 29, 6), 'trace_spans_p20261129t0600'],
    [Date.UTC(1969, 11, 31, 23, 1), 'trace_spans_p19691231t2301'],
  ]
  for (const [from, name] of cases) assert.equal(partitionName('trace_spans', from), name)
})
