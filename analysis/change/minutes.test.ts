import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MinuteOfDurations, sharpened, spread } from './minutes.ts'
import { levelChanges, type Timed } from './slower.ts'

const START = Date.parse('2026-03-03T08:00:00Z')
const MINUTE_MS = 60_000

test('what minutes of counts tell of a change is found in them, and to the request where the requests are known', () => {
  const changedAt = START + 30 * MINUTE_MS + 20_000
  for (const [name, slowOf, level] of [
    ['all are slower', () => true, 'p50'],
    ['three of ten are slower', (i: number) => i % 10 < 3, 'p90'],
  ] as const) {
    const requests = Array.from({ length: 1_200 }, (_, i): Timed => {
      const at = START + i * 3_000
      return { at, durationMs: 20 + ((i * 7) % 9) + (at >= changedAt && slowOf(i) ? 300 : 0) }
    })
    const minutes = Array.from({ length: 60 }, (_, m): MinuteOfDurations => {
      const own = requests.filter(one => Math.floor((one.at - START) / MINUTE_MS) === m)
      const counted = Map.groupBy(own, one => one.durationMs)
      const durations = [...counted.keys()].sort((a, b) => a - b)
      return { at: START + m * MINUTE_MS, durations, counts: durations.map(ms => counted.get(ms)!.length) }
    })
    const found = levelChanges(spread(minutes, 3_000))
    assert.deepEqual([found.length, found[0]?.level], [1, level], name)
    assert.ok(Math.abs(found[0]!.at - changedAt) <= 3 * MINUTE_MS, `${name}: ${found[0]!.at - changedAt}`)
    const near = requests.filter(one => Math.abs(one.at - found[0]!.at) <= 3 * MINUTE_MS)
    const { at, toleranceMs } = sharpened(found[0]!, near)
    assert.ok(at >= changedAt && at - changedAt <= 30_000, `${name}: ${at - changedAt}`)
    assert.ok(toleranceMs <= 30_000)
    assert.equal(sharpened(found[0]!, []).at, found[0]!.at)
  }
})

test('minutes that are thinned out keep their shares of slow requests, in no order within the minute', () => {
  const minute = { at: START, durations: [1, 100], counts: [9_000, 1_000] }
  const few = spread([minute], 1_000)
  assert.equal(few.length, 1_000)
  for (let i = 0; i + 100 <= few.length; i += 100) {
    const slow = few.slice(i, i + 100).filter(one => one.durationMs === 100).length
    assert.ok(slow >= 8 && slow <= 12, String(slow))
  }
})
