import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom, type Random } from './random.ts'

const SAMPLES = 20_000

function mean(random: Random, draw: (random: Random) => number): number {
  let sum = 0
  for (let i = 0; i < SAMPLES; i++) sum += draw(random)
  return sum / SAMPLES
}

test('a name fixes all numbers', () => {
  const draw = (name: string): number[] => {
    const random = createRandom(name)
    return Array.from({ length: 50 }, random.next)
  }
  assert.deepEqual(draw('shop/1'), draw('shop/1'))
  assert.notDeepEqual(draw('shop/1'), draw('shop/2'))
})

test('what one stream draws does not shift another', () => {
  const untouched = createRandom('shop').fork('plan').next()
  const root = createRandom('shop')
  for (let i = 0; i < 10; i++) root.next()
  root.fork('traffic').next()
  assert.equal(root.fork('plan').next(), untouched)
})

test('streams of different names are different streams', () => {
  const root = createRandom('shop')
  const firsts = [root, root.fork('plan'), root.fork('traffic'), root.fork(1), root.fork(1).fork(1)].map(random =>
    random.next(),
  )
  assert.equal(new Set(firsts).size, firsts.length)
})

test('neighbouring names give unrelated first numbers', () => {
  const firsts = Array.from({ length: 1000 }, (_, i) => createRandom(`request/${i}`).next())
  const average = firsts.reduce((sum, value) => sum + value, 0) / firsts.length
  assert.ok(Math.abs(average - 0.5) < 0.04, `mean ${average}`)
  assert.equal(new Set(firsts).size, firsts.length)
})

const MEANS: readonly [name: string, draw: (random: Random) => number, expected: number, tolerance: number][] = [
  ['next', random => random.next(), 0.5, 0.01],
  ['int', random => random.int(1, 6), 3.5, 0.05],
  ['between', random => random.between(-1, 3), 1, 0.04],
  ['chance', random => Number(random.chance(0.2)), 0.2, 0.01],
  ['exponential', random => random.exponential(40), 40, 1.2],
  ['lognormal', random => Math.log(random.lognormal(100, 0.5)), Math.log(100), 0.02],
  ['weighted', random => random.weighted([[1, 1] as const, [0, 3] as const]), 0.25, 0.01],
  ['pick', random => random.pick([2, 4]), 3, 0.03],
]
for (const [name, draw, expected, tolerance] of MEANS) {
  test(`${name} has the mean that it promises`, () => {
    const measured = mean(createRandom(`mean of ${name}`), draw)
    assert.ok(Math.abs(measured - expected) < tolerance, `${measured}, expected about ${expected}`)
  })
}

test('hex gives as many digits as asked for', () => {
  const random = createRandom('hex')
  for (const digits of [1, 8, 16, 32, 40]) assert.match(random.hex(digits), new RegExp(`^[0-9a-f]{${digits}}$`))
})

test('int reaches both ends and nothing beyond', () => {
  const random = createRandom('int')
  const seen = new Set(Array.from({ length: 500 }, () => random.int(2, 5)))
  assert.deepEqual(seen, new Set([2, 3, 4, 5]))
})
