import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backgroundOf, type Candidate, fuse, type Ranking } from './fuse.ts'

const BACKGROUND = { mean: 0.1, deviation: 0.1, count: 200 }
const one = (fingerprint: bigint, measure: number, group = fingerprint): Candidate => ({ fingerprint, group, measure })
const order = (rankings: readonly Ranking[]) => fuse(rankings, BACKGROUND).map(({ fingerprint }) => fingerprint)

const cases: [promise: string, rankings: Ranking[], expected: bigint[]][] = [
  [
    'where nothing is said literally, meaning decides',
    [
      { way: 'meaning', candidates: [one(1n, 0.6), one(2n, 0.4), one(3n, 0.2)] },
      { way: 'words', candidates: [one(3n, 0.3), one(2n, 0.1)] },
    ],
    [1n, 2n, 3n],
  ],
  [
    'half of the words in common do not outweigh a meaning that is a little nearer',
    [
      { way: 'meaning', candidates: [one(1n, 0.6), one(2n, 0.57)] },
      { way: 'words', candidates: [one(2n, 0.5)] },
      { way: 'letters', candidates: [one(2n, 0.5)] },
    ],
    [1n, 2n],
  ],
  [
    'a name that stands there wins over what only means the like',
    [
      { way: 'meaning', candidates: [one(1n, 0.6), one(2n, 0.3)] },
      { way: 'words', candidates: [one(2n, 1)] },
      { way: 'names', candidates: [one(2n, 1)] },
      { way: 'letters', candidates: [one(2n, 1)] },
    ],
    [2n, 1n],
  ],
  [
    'what has no vector yet is found by its words',
    [
      { way: 'meaning', candidates: [one(1n, 0.2)] },
      { way: 'words', candidates: [one(2n, 0.9)] },
    ],
    [2n, 1n],
  ],
  [
    'without vectors, words and letters order alone',
    [
      { way: 'words', candidates: [one(1n, 0.9), one(2n, 0.5)] },
      { way: 'letters', candidates: [one(2n, 0.7)] },
    ],
    [1n, 2n],
  ],
]
for (const [promise, rankings, expected] of cases) {
  test(promise, () => {
    assert.deepEqual(order(rankings), expected)
    assert.deepEqual(order(rankings.toReversed()), expected, 'whatever the order of the rankings')
  })
}

test('a group has the score of its best member, and gains nothing by having many', () => {
  const found = fuse(
    [
      { way: 'meaning', candidates: [one(11n, 0.5, 1n), one(12n, 0.4, 1n), one(13n, 0.4, 1n), one(21n, 0.3, 2n)] },
      { way: 'words', candidates: [one(22n, 0.2, 2n), one(12n, 1, 1n)] },
    ],
    BACKGROUND,
  )
  assert.deepEqual(
    found.map(({ group, fingerprint, matched }) => [group, fingerprint, matched.meaning?.rank, matched.words?.rank]),
    [
      [1n, 12n, 1, 2],
      [2n, 21n, 2, 1],
    ],
  )
})

test('a cosine is compared with those of this store: one of a model whose texts are all alike, as one of another', () => {
  const narrow = backgroundOf(1_000, 550, 1_000 * (0.55 ** 2 + 0.05 ** 2))
  assert.ok(Math.abs(narrow.mean - 0.55) < 0.01 && Math.abs(narrow.deviation - 0.05) < 0.001)
  const [hit] = fuse([{ way: 'meaning', candidates: [one(1n, 0.7)] }], narrow)
  assert.ok(Math.abs(hit!.score - 3) < 0.2)
  const few = backgroundOf(1, 0.9, 0.81)
  assert.ok(few.mean < 0.3 && few.deviation > 0.05, 'a single vector is no background')
})
