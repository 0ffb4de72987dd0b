import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Candidate, fuse } from './fuse.ts'

const list = (...fingerprints: bigint[]): Candidate[] =>
  fingerprints.map(fingerprint => ({ fingerprint, group: fingerprint, measure: 1 }))

test('a problem that two rankings know comes before the first of either alone', () => {
  const found = fuse([
    { way: 'meaning', candidates: list(1n, 2n) },
    { way: 'words', candidates: list(3n, 2n) },
  ])
  assert.deepEqual(
    found.map(({ fingerprint }) => fingerprint),
    [2n, 1n, 3n],
  )
  assert.equal(found[0]!.score, 2 / 62)
  assert.deepEqual(found[0]!.matched, { meaning: { rank: 2, measure: 1 }, words: { rank: 2, measure: 1 } })
})

test('the order of the rankings does not matter', () => {
  const rankings = [
    { way: 'meaning', candidates: list(5n, 4n, 9n) },
    { way: 'words', candidates: list(9n, 4n) },
    { way: 'letters', candidates: list(7n) },
  ] as const
  const order = (found: ReturnType<typeof fuse>) => found.map(({ fingerprint }) => fingerprint)
  assert.deepEqual(order(fuse(rankings)), order(fuse(rankings.toReversed())))
})

test('a group has the rank of its best member, and gains nothing by having many', () => {
  const member = (fingerprint: bigint, group: bigint): Candidate => ({ fingerprint, group, measure: 1 })
  const found = fuse([
    { way: 'meaning', candidates: [member(11n, 1n), member(12n, 1n), member(13n, 1n), member(21n, 2n)] },
    { way: 'words', candidates: [member(22n, 2n), member(12n, 1n)] },
  ])
  assert.deepEqual(
    found.map(({ group, fingerprint, matched }) => [group, fingerprint, matched.meaning?.rank, matched.words?.rank]),
    [
      [1n, 11n, 1, 2],
      [2n, 22n, 2, 1],
    ],
  )
})
