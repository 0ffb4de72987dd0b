import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  isNameWitness,
  isPlainWitness,
  mayBeValue,
  PLAIN_BESIDE_NAME,
  pairProof,
  singleProof,
  witnessPoints,
} from './evidence.ts'

/** Words from the weakest witness to the strongest: each stronger than the ones before it. */
const BY_STRENGTH = [
  ['RUNNING', 'JOB_SETUP', 'z-', 'on'],
  ['alice', 'Terminal', 'startup'],
  ['orderService', 'my_queue', 'x-real', 'SendWorker', 'node*', 'core.*', 'md5'],
  ['*'],
]

describe('the evidence that a position varies', () => {
  it('is weak from states and short words, stronger from names, strongest from a recognised variable', () => {
    const strengths = BY_STRENGTH.map(words => new Set(words.map(word => witnessPoints(word, 1))))
    assert.deepEqual(
      strengths.map(points => points.size),
      BY_STRENGTH.map(() => 1),
    )
    const points = strengths.flatMap(set => [...set])
    assert.deepEqual(
      points,
      [...points].sort((one, two) => one - two),
    )
    assert.equal(new Set(points).size, points.length)
  })

  it('counts for less in the first place, but of names', () => {
    for (const word of ['alice', 'RUNNING']) assert.ok(witnessPoints(word, 0) < witnessPoints(word, 1), word)
    for (const name of ['node*', 'orders-pool']) assert.equal(witnessPoints(name, 0), witnessPoints(name, 1), name)
  })

  it('is nothing from root, and stronger from a plain word beside a name', () => {
    assert.equal(witnessPoints('root', 3), 0)
    assert.ok(isPlainWitness(witnessPoints('inventory', 3)) && isNameWitness(witnessPoints('orders-pool', 3)))
    assert.ok(witnessPoints('inventory', 3) + PLAIN_BESIDE_NAME < witnessPoints('orders-pool', 3))
  })

  it('must be the stronger, the fewer words are shared, and for two positions stronger than for one', () => {
    for (let words = 1; words < 8; words++) {
      assert.ok(singleProof(words) >= singleProof(words + 1))
      assert.ok(pairProof(words) >= pairProof(words + 1))
      assert.ok(pairProof(words) > singleProof(words))
    }
    assert.equal(singleProof(0), Number.POSITIVE_INFINITY)
    assert.equal(pairProof(2), Number.POSITIVE_INFINITY)
  })

  it('is not asked from words that cannot be values', () => {
    for (const word of ['*', 'uid=', 'from', 'the', 'failed', 'NodeNotReady', '<bool>', 'sha1', 'declined'])
      assert.equal(mayBeValue(word), false, word)
    for (const word of ['alice', 'node*', 'From', 'billing']) assert.equal(mayBeValue(word), true, word)
  })
})
