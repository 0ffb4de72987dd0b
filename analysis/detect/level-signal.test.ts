import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LevelRule } from './level-signal.ts'
import { DETECT_DEFAULTS } from './settings.ts'
import { normal, randomOf, START } from './testing/traffic.ts'
import { createMetricWatch } from './watch.ts'

const RULE: LevelRule = { worse: 'up', sigmas: 3, changeMin: 0.1 }

function run(
  minutes: number,
  valueAt: (minute: number, noise: () => number) => number | undefined,
  rule = RULE,
  seed = 1,
): string[] {
  const random = randomOf(seed)
  const watch = createMetricWatch(
    { kind: 'metric', environment: 'prod', service: 'orders', name: 'queue.size' },
    DETECT_DEFAULTS,
  )
  const found: string[] = []
  for (let minute = 0; minute < minutes; minute++) {
    const change = watch.step(
      START + minute * 60_000,
      valueAt(minute, () => normal(random)),
      rule,
    )
    if (change !== undefined && change.what !== 'grew') found.push(`${change.what} ${change.episode.type} ${minute}`)
  }
  return found
}

test('a metric that keeps its level for days begins no episode', () => {
  for (let seed = 1; seed <= 10; seed++)
    assert.deepEqual(
      run(2_880, (_, noise) => 50 + 5 * noise(), RULE, seed),
      [],
    )
  assert.deepEqual(
    run(2_880, () => 7),
    [],
  )
})

test('a little above for five minutes is a drift, far above for two a spike, and both end', () => {
  assert.deepEqual(
    run(200, (minute, noise) => 50 + 2 * noise() + (minute >= 100 && minute < 120 ? 15 : 0)),
    ['started drift 104', 'ended drift 124'],
  )
  const [first] = run(200, (minute, noise) => 50 + 2 * noise() + (minute >= 100 && minute < 120 ? 300 : 0))
  assert.equal(first, 'started spike 101')
})

test('what is better is no anomaly, and what the weeks before had at this hour neither', () => {
  const low = (minute: number, noise: () => number) => 50 + 2 * noise() - (minute >= 100 ? 30 : 0)
  assert.deepEqual(run(200, low), [])
  assert.equal(run(200, low, { ...RULE, worse: 'down' }).length, 1)
  const high = (minute: number, noise: () => number) => 50 + 2 * noise() + (minute >= 100 ? 30 : 0)
  assert.deepEqual(run(200, high, { ...RULE, to: 90 }), [])
})

test('minutes without a value neither begin nor end anything at once', () => {
  assert.deepEqual(
    run(120, (minute, noise) => (minute >= 100 ? undefined : 50 + noise())),
    [],
  )
})
