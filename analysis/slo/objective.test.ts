import assert from 'node:assert/strict'
import { test } from 'node:test'
import { budgetLeft, burnRate } from './burn.ts'
import { createObjective } from './objective.ts'

const MONTH = 30 * 1_440

function run(
  events: readonly { readonly minutes: number; readonly total: number; readonly bad: number }[],
  target = 0.999,
) {
  const objective = createObjective({ target, periodMinutes: MONTH })
  const found: string[] = []
  let minute = 0
  for (const { minutes, total, bad } of events) {
    for (let i = 0; i < minutes; i++, minute++) {
      for (const { what, burn } of objective.step({ time: minute * 60_000, total, bad })) {
        found.push(`${burn.rule.name} ${what} ${minute}`)
      }
    }
  }
  return { found, left: objective.budgetLeft() }
}

test('a burn rate is bad events over expected ones, by the budget', () => {
  assert.ok(Math.abs(burnRate(10, 1_000, 0, 0.999) - 10) < 1e-9)
  assert.ok(Math.abs(burnRate(1, 2, 1_000, 0.999) - 1) < 1e-9)
  assert.equal(burnRate(0, 0, 0, 0.999), 0)
})

test('the budget that is left is 1 untouched, 0 used up, and below when overspent', () => {
  assert.equal(budgetLeft(0, 1_000, 0.99), 1)
  assert.ok(Math.abs(budgetLeft(10, 1_000, 0.99)) < 1e-9)
  assert.ok(Math.abs(budgetLeft(20, 1_000, 0.99) + 1) < 1e-9)
  assert.equal(budgetLeft(0, 0, 0.99), 1)
})

test('an outage burns fast, and only that rule tells; it ends soon after the outage', () => {
  const { found } = run([
    { minutes: 1_440, total: 100, bad: 0 },
    { minutes: 20, total: 100, bad: 30 },
    { minutes: 400, total: 100, bad: 0 },
  ])
  assert.equal(found.length, 2, found.join())
  assert.match(found[0]!, /^fast started 144[0-9]$/)
  assert.match(found[1]!, /^fast ended 146[0-9]$/)
})

test('while the fast one burns, slower ones of the same objective are muted', () => {
  const { found } = run([
    { minutes: 2_000, total: 100, bad: 0 },
    { minutes: 400, total: 100, bad: 1 },
    { minutes: 60, total: 100, bad: 60 },
  ])
  const slow = found.findIndex(text => text.startsWith('medium started'))
  const fast = found.findIndex(text => text.startsWith('fast started'))
  const muted = found.findIndex(text => text.startsWith('medium muted'))
  assert.ok(slow >= 0 && fast > slow && muted > slow, found.join())
  assert.equal(found[fast]!.split(' ')[2], found[muted]!.split(' ')[2])
})

test('one failure among few requests at night pages nobody', () => {
  const { found } = run([
    { minutes: 1_000, total: 200, bad: 0 },
    { minutes: 300, total: 1, bad: 0 },
    { minutes: 8, total: 1, bad: 1 },
    { minutes: 300, total: 1, bad: 0 },
  ])
  assert.deepEqual(found, [])
})

test('within the budget nothing burns', () => {
  const { found, left } = run([{ minutes: 10_000, total: 1_000, bad: 0.9 }])
  assert.deepEqual(found, [])
  assert.ok(Math.abs(left - 0.1) < 1e-6)
})
