import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Judged, judge, type ProblemSeries, type Range } from './judge.ts'
import { type Beneath, rank } from './rank.ts'

const MINUTE = 60_000
const RANGE: Range = { from: 0, to: 60 * MINUTE, partCount: 60 }

/** A problem with so many failures in each minute of the range. */
function series(counts: Readonly<Record<number, number>>, known: Partial<ProblemSeries> = {}): ProblemSeries {
  const parts = Object.entries(counts).map(([minute, count]) => {
    const index = Number(minute)
    return { index, count, firstAt: index * MINUTE, lastAt: index * MINUTE + 50_000 }
  })
  const failures = parts.reduce((sum, { count }) => sum + count, 0)
  return {
    fingerprint: 'f',
    failures,
    records: 2 * failures,
    firstAt: parts[0]!.firstAt,
    lastAt: parts.at(-1)!.lastAt,
    parts,
    recordsBefore: 0,
    watchedSince: -600 * MINUTE,
    watchedUntil: 60 * MINUTE,
    ...known,
  }
}
const every = (from: number, to: number, count: number) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, i) => [from + i, count]))

test('a refusal of every day is steady, however many there are', () => {
  const judged = judge(series(every(0, 60, 8), { recordsBefore: 600 * 16 }), RANGE)
  assert.deepEqual([judged.trend, judged.surprise, judged.isOver], ['steady', 0, false])
})

test('what began in the middle and ended is new, with its first and last failure, and over', () => {
  const judged = judge(series(every(30, 36, 5)), RANGE)
  assert.deepEqual([judged.trend, judged.onset, judged.end], ['new', 30 * MINUTE, 35 * MINUTE + 50_000])
  assert.ok(judged.isOver && judged.unusual === 30 && judged.expected < 2 && judged.surprise > 50)
})

test('what goes on is not over', () => {
  assert.equal(judge(series(every(30, 60, 5)), RANGE).isOver, false)
  // The services were heard of long after the range: that is no silence of the problem.
  assert.equal(judge(series(every(30, 60, 5), { watchedUntil: 900 * MINUTE }), RANGE).isOver, false)
})

test('more of what always was is a burst, with the times of the burst alone', () => {
  const judged = judge(series({ ...every(0, 60, 1), ...every(40, 44, 12) }, { recordsBefore: 600 * 2 }), RANGE)
  assert.deepEqual([judged.trend, judged.onset, judged.end], ['burst', 40 * MINUTE, 43 * MINUTE + 50_000])
  assert.equal(judged.unusual, 48)
})

test('nothing is new in a store that begins with it', () => {
  const known = { watchedSince: 20 * MINUTE }
  assert.equal(judge(series(every(20, 60, 3), known), RANGE).trend, 'steady')
  assert.equal(judge(series(every(21, 60, 1), known), RANGE).trend, 'steady')
})

function problem(fingerprint: string, failures: number, surprise: number): Judged {
  return { ...judge(series(every(0, 60, 1)), RANGE), fingerprint, failures, surprise }
}
const beneath = (fingerprint: string, below: string | undefined, failures: number): Beneath => ({
  fingerprint,
  beneath: below,
  failures,
  sampled: 60,
})

test('the unusual one is first, its symptoms are named as such, the busy old one comes after it', () => {
  const problems = [problem('declined', 900, 0), problem('answered-502', 300, 70), problem('no-rate', 40, 60)]
  const rows = [
    beneath('answered-502', undefined, 58),
    beneath('answered-502', 'no-rate', 40),
    beneath('answered-502', 'declined', 18),
  ]
  const ranked = rank(problems, rows)
  assert.deepEqual(
    ranked.map(one => one.fingerprint),
    ['no-rate', 'declined', 'answered-502'],
  )
  assert.deepEqual(ranked[2]!.symptomOf, ['no-rate', 'declined'])
})

test('of two that are one failure told twice, one stands for both', () => {
  const rows = [
    beneath('log', 'span', 60),
    beneath('log', undefined, 60),
    beneath('span', 'log', 60),
    beneath('span', undefined, 60),
  ]
  const ranked = rank([problem('log', 30, 50), problem('span', 30, 40)], rows)
  assert.deepEqual(
    ranked.map(({ fingerprint, symptomOf }) => [fingerprint, symptomOf]),
    [
      ['log', []],
      ['span', ['log']],
    ],
  )
})

test('a problem with something beneath it now and then stands for itself', () => {
  const [only] = rank([problem('mixed', 30, 50)], [beneath('mixed', 'rare', 10), beneath('mixed', undefined, 10)])
  assert.deepEqual(only!.symptomOf, [])
})
