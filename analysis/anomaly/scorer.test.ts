import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createAnomalyScorer } from './scorer.ts'

const DAY = 288

/** A day of a curve, with noise that is the same in every run. */
function daily(days: number, noise = 0.05): number[] {
  const random = generator(7)
  return Array.from({ length: days * DAY }, (_, i) => Math.sin((2 * Math.PI * i) / DAY) + noise * (random() - 0.5))
}

function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const FIVE_MINUTES_MS = 300_000

function scoresOf(series: readonly number[]): number[] {
  const score = createAnomalyScorer()
  return series.map((value, i) => score(i * FIVE_MINUTES_MS, value))
}
const highest = (scores: readonly number[], from: number, to: number) => Math.max(...scores.slice(from, to))

describe('what was promised of every series', () => {
  test('a score never looks ahead: a prefix has the same scores', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 150, maxLength: 400 })
    fc.assert(
      fc.property(values, fc.nat(149), (series, cut) => {
        assert.deepEqual(scoresOf(series.slice(0, cut)), scoresOf(series).slice(0, cut))
      }),
      { numRuns: 20 },
    )
  })

  test('a score is from 0 to 1, also of the largest and smallest numbers there are', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 120, maxLength: 300 })
    fc.assert(
      fc.property(values, series => scoresOf(series).every(score => score >= 0 && score <= 1)),
      { numRuns: 30 },
    )
  })

  test('unit and zero of the values are without effect', () => {
    const series = daily(4).map(value => Math.round(value * 1024))
    series[900] = 5_000
    assert.deepEqual(scoresOf(series.map(value => value * 4 + 512)), scoresOf(series))
  })

  test('a constant series is quiet, and its first other value is not', () => {
    const scores = scoresOf([...Array<number>(1_000).fill(42), 43])
    assert.equal(highest(scores, 0, 1_000), 0)
    assert.ok(scores[1_000]! > 0.99)
  })
})

/** Each begins in the sixth day of seven; what is not named is the curve as it was. */
const START = 5 * DAY + 60
const ANOMALIES: readonly {
  name: string
  change: (value: number, since: number) => number
  within: number
}[] = [
  { name: 'a spike', change: (value, since) => (since === 0 ? 4 : value), within: 1 },
  { name: 'a drop', change: (value, since) => (since < 3 ? -4 : value), within: 1 },
  { name: 'a step', change: value => value + 3, within: 1 },
  { name: 'a missing season', change: value => value * 0.2, within: DAY / 2 },
  { name: 'more variance', change: (value, since) => value + (since % 2 === 0 ? 0.6 : -0.6), within: 12 },
]

describe('what is found', () => {
  for (const { name, change, within } of ANOMALIES) {
    test(`${name} is the strangest of its series, at its start`, () => {
      const series = daily(7).map((value, i) => (i < START ? value : change(value, i - START)))
      const scores = scoresOf(series)
      // The first two days are new whatever they hold.
      const before = highest(scores, 2 * DAY, START)
      const found = highest(scores, START, START + within)
      assert.ok(found > 0.55 && found > before, `${found} against ${before} before it`)
    })
  }

  test('an episode is told at its start: what goes on is usual', () => {
    const series = daily(7).map((value, i) => (i < START ? value : value + 3))
    const scores = scoresOf(series)
    const loud = scores.slice(START).filter(score => score > 0.55)
    assert.ok(loud.length <= 3, `${loud.length} scores above 0.55`)
  })
})

test('a value takes as long after 30,000 as after 5,000', () => {
  const score = createAnomalyScorer()
  const random = generator(3)
  let at = 0
  const took = (count: number) => {
    const start = performance.now()
    for (let i = 0; i < count; i++) score(at++ * FIVE_MINUTES_MS, random())
    return performance.now() - start
  }
  // The best of several, since other programs take their time as well.
  const best = () => Math.min(...Array.from({ length: 5 }, () => took(500)))
  took(5_000)
  const early = best()
  took(20_000)
  const late = best()
  assert.ok(late < 3 * early, `${late} ms against ${early} ms`)
})
