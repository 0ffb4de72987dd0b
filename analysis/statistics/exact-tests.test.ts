import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { benjaminiHochberg, binomialAtLeast, fisherGreater } from './exact-tests.ts'

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, expected), `${actual}, not ${expected}`)
}

test('Fisher’s own table of the lady who tastes tea: 17 of 70 for three of four cups, 1 of 70 for all', () => {
  close(fisherGreater(3, 4, 1, 4), 17 / 70)
  close(fisherGreater(4, 4, 0, 4), 1 / 70)
  close(fisherGreater(0, 4, 4, 4), 1)
})

test('the tail of a binomial distribution is that of its sum', () => {
  close(binomialAtLeast(8, 10, 0.5), 56 / 1024)
  close(binomialAtLeast(1, 3, 0.1), 1 - 0.9 ** 3)
  assert.equal(binomialAtLeast(0, 3, 0.1), 1)
  assert.equal(binomialAtLeast(2, 3, 0), 0)
  assert.ok(binomialAtLeast(900, 1_000, 0.01) < 1e-300)
})

test('large counts neither overflow nor lose the order of what is more surprising', () => {
  const [less, more] = [fisherGreater(400, 500, 30_000, 100_000), fisherGreater(450, 500, 30_000, 100_000)]
  assert.ok(more < less && less < 1e-50 && more >= 0)
})

test('corrected p values are those of Benjamini and Hochberg’s paper, and never smaller than the plain ones', () => {
  // The fifteen of their table: four of them are below their line at q = 0.05.
  const paper = [
    1e-4, 4e-4, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ]
  assert.equal(benjaminiHochberg(paper).filter(q => q <= 0.05).length, 4)
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), values => {
      for (const [i, q] of benjaminiHochberg(values).entries()) assert.ok(q >= values[i]! && q <= 1)
    }),
  )
})

test('what was asked and left out counts as asked', () => {
  close(benjaminiHochberg([0.01], 5)[0]!, 0.05)
})
