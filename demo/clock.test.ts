import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPace, createTimeline, LAG, MILLISECOND, MINUTE, SECOND } from './clock.ts'

test('a timeline keeps every nanosecond', () => {
  const timeline = createTimeline(1_700_000_000_250)
  assert.deepEqual(timeline.hrTime(0), [1_700_000_000, 250_000_000])
  assert.deepEqual(timeline.hrTime(749_999_999), [1_700_000_000, 999_999_999])
  assert.deepEqual(timeline.hrTime(750_000_000), [1_700_000_001, 0])
  assert.deepEqual(timeline.hrTime(24 * 60 * MINUTE + 1), [1_700_086_400, 250_000_001])
  assert.equal(timeline.iso(90 * SECOND), '2023-11-14T22:14:50.250Z')
})

const NOW = 1_700_000_000_000
const DURATION = 30 * MINUTE
for (const speed of [0, 1, 7, 60]) {
  test(`at speed ${speed} the simulated window ends ${LAG / SECOND} s before the run does`, () => {
    const { timeline } = createPace(DURATION, speed, () => NOW)
    const realMs = speed === 0 ? 0 : DURATION / MILLISECOND / speed
    const behindMs = NOW + realMs - (timeline.startUnixMs + DURATION / MILLISECOND)
    assert.ok(Math.abs(behindMs - LAG / MILLISECOND) <= 1, `${behindMs} ms`)
  })
}

test('the pace waits for the clock, and for nothing at full speed', async () => {
  const { signal } = new AbortController()
  let now = NOW
  const live = createPace(DURATION, 1, () => now)
  now += 60_000
  await live.due(60 * SECOND, signal)
  const startedAt = performance.now()
  await live.due(60 * SECOND + 30 * MILLISECOND, signal)
  assert.ok(performance.now() - startedAt >= 28)
  await createPace(DURATION, 0, () => NOW).due(DURATION, signal)
})

test('a stop ends the wait', async () => {
  const stop = new AbortController()
  const waiting = createPace(DURATION, 1, () => NOW).due(DURATION, stop.signal)
  stop.abort()
  await assert.rejects(waiting, { name: 'AbortError' })
})
