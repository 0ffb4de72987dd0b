import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord, MetricPoint, Span } from '../../pipeline/model/index.ts'
import { readRecord } from '../../tests/contract/read-records.ts'
import { repair } from './repair.ts'

const NOW = 1_795_976_400_000_000_000n
const SECOND = 1_000_000_000n
const GO_ZERO = 11_651_379_494_838_206_464n
const YEAR_2200 = 7_258_118_400_000_000_000n

/** Time and observed time as sent, and as what they are stored. */
const LOGS: readonly (readonly [string, bigint, bigint, bigint, bigint])[] = [
  ['milliseconds', NOW / 1_000_000n, NOW, NOW, NOW],
  ['seconds', NOW / SECOND, 0n, NOW, 0n],
  ['Go’s zero time', GO_ZERO, NOW - SECOND, NOW - SECOND, NOW - SECOND],
  ['a far future', YEAR_2200, 0n, NOW, 0n],
  ['an observed time in the future', NOW, YEAR_2200, NOW, NOW],
  ['microseconds of another day', (NOW - 90_000n * SECOND) / 1_000n, NOW, NOW, NOW],
]
for (const [name, time, observed, storedTime, storedObserved] of LOGS) {
  test(`${name} in a log record: dated by what is sure, and marked`, () => {
    const log = { ...readRecord('logs', {}), timeUnixNano: time, observedTimeUnixNano: observed }
    const { items, times } = repair('logs', [log], NOW)
    const [stored] = items as LogRecord[]
    assert.equal(times, 1)
    assert.deepEqual([stored!.timeUnixNano, stored!.observedTimeUnixNano], [storedTime, storedObserved])
    assert.equal(stored!.attributes.get('sensorium.original_time_unix_nano'), String(time))
  })
}

test('a span without a start begins when it ended; one in milliseconds keeps its length', () => {
  const span = (start: bigint, end: bigint) => ({
    ...readRecord('traces', {}),
    startTimeUnixNano: start,
    endTimeUnixNano: end,
  })
  const told = (start: bigint, end: bigint) => {
    const [stored] = repair('traces', [span(start, end)], NOW).items as Span[]
    return [stored!.startTimeUnixNano, stored!.endTimeUnixNano]
  }
  assert.deepEqual(told(0n, NOW), [NOW, NOW])
  assert.deepEqual(told(NOW / 1_000_000n, NOW / 1_000_000n + 25n), [NOW, NOW + 25_000_000n])
  assert.deepEqual(told(NOW, 0n), [NOW, NOW])
})

test('a point without a recorded value has none, of whatever kind it is', () => {
  const point: MetricPoint = { ...readRecord('metrics', {}), flags: 1, timeUnixNano: NOW }
  const [stored] = repair('metrics', [{ ...point, value: { kind: 'number', value: 0 } }], NOW).items as MetricPoint[]
  assert.deepEqual(stored!.value, { kind: 'number', value: null })
})

test('what is in order comes back as the same objects, days old or without any time', () => {
  const logs = [0n, NOW, NOW - 1_000_000n * SECOND].map(timeUnixNano => ({ ...readRecord('logs', {}), timeUnixNano }))
  assert.equal(repair('logs', logs, NOW).items, logs)
})
