import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAgenda } from './agenda.ts'

test('measurements happen in order of time, up to the time asked for', () => {
  const agenda = createAgenda()
  const happened: string[] = []
  for (const [at, name] of [
    [30, 'c'],
    [10, 'a'],
    [20, 'b1'],
    [20, 'b2'],
    [21, 'later'],
  ] as const) {
    agenda.add(at, () => happened.push(name))
  }
  agenda.runUntil(20)
  assert.deepEqual(happened, ['a', 'b1', 'b2'])
  agenda.runUntil(20)
  assert.deepEqual(happened, ['a', 'b1', 'b2'])
  agenda.runUntil(30)
  assert.deepEqual(happened, ['a', 'b1', 'b2', 'later', 'c'])
})
