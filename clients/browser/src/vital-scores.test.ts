import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInp, createLayoutShift } from './vital-scores.ts'

const shiftAt = (startTime: number, value: number, hadRecentInput = false) => ({
  ...{ name: '', startTime, duration: 0, value, hadRecentInput },
})
const interaction = (interactionId: number, duration: number) => ({ name: '', startTime: 0, duration, interactionId })

test('layout shift is the worst burst: a pause of a second or five seconds in all end one', () => {
  const shift = createLayoutShift()
  assert.equal(shift.score(), 0)
  for (const at of [0, 900, 1_800]) shift.add(shiftAt(at, 0.125))
  assert.equal(shift.score(), 0.375)
  shift.add(shiftAt(2_800, 0.25))
  assert.equal(shift.score(), 0.375)
  shift.add(shiftAt(2_900, 0.25))
  assert.equal(shift.score(), 0.5)
  shift.add(shiftAt(2_950, 9, true))
  assert.equal(shift.score(), 0.5, 'what a person has just caused does not count')
  const long = createLayoutShift()
  for (let at = 0; at < 10_000; at += 500) long.add(shiftAt(at, 0.5))
  assert.equal(long.score(), 5)
})

test('the slowest interaction counts, and past fifty the one after it', () => {
  const inp = createInp()
  assert.equal(inp.score(), undefined)
  inp.add(interaction(0, 900))
  assert.equal(inp.score(), undefined, 'an event that is no interaction')
  inp.add(interaction(7, 100))
  inp.add(interaction(7, 300))
  inp.add(interaction(8, 200))
  assert.equal(inp.score(), 300)
  for (let id = 9; id < 60; id++) inp.add(interaction(id, 50))
  assert.equal(inp.score(), 200)
})
