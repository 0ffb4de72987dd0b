import assert from 'node:assert/strict'
import { test } from 'node:test'
import { culpritsOf, type Part } from './metric-graph.ts'

const CALLS = new Map([
  ['site', ['search', 'pay', 'mail']],
  ['search', ['table']],
  ['pay', ['bank']],
])
const quiet = (level: number) => Array.from({ length: 50 }, (_, i) => level * (1 + ((i * 7) % 10) / 200))
const part = (name: string, level: number, now: number, isSilent = false): Part => ({
  ...{ name, isSilent, usual: quiet(level), during: [level, now] },
})

test('the deepest part that is off and not explained by what it calls comes first', () => {
  const parts = [part('site', 80, 140), part('search', 20, 78), part('table', 5, 5), part('pay', 30, 31)]
  const [first, second] = culpritsOf('site', parts, CALLS, 'high')
  assert.deepEqual([first!.name, first!.path], ['search', ['site', 'search']])
  assert.equal(second!.name, 'site')
})

test('a part is explained by what it calls', () => {
  const parts = [part('site', 80, 140), part('search', 20, 78), part('table', 5, 62)]
  assert.equal(culpritsOf('site', parts, CALLS, 'high')[0]!.name, 'table')
})

test('what sends nothing itself is named where nothing else is off', () => {
  const bank = part('bank', 100, 900, true)
  assert.equal(culpritsOf('site', [part('site', 80, 900), part('pay', 110, 910), bank], CALLS, 'high')[0]!.name, 'bank')
  const seen = [part('site', 80, 140), part('search', 20, 70), part('mail', 20, 70, true)]
  assert.equal(culpritsOf('site', seen, CALLS, 'high')[0]!.name, 'search')
})

test('availability is bad when it falls', () => {
  const percent = (name: string, now: number): Part => ({
    ...{ name, isSilent: false, usual: quiet(95), during: [99, now] },
  })
  const found = culpritsOf('site', [percent('site', 80), percent('search', 70), percent('pay', 99.9)], CALLS, 'low')
  assert.equal(found[0]!.name, 'search')
  assert.deepEqual(culpritsOf('site', [percent('pay', 100)], CALLS, 'low'), [])
})
