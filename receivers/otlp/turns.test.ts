import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

test('requests that arrive together are worked on in their order, each in a turn of the event loop of its own', async () => {
  const turn = createTurns()
  const seen: string[] = []
  const tick = () => {
    seen.push('|')
    ticking = setImmediate(tick)
  }
  let ticking = setImmediate(tick)
  const work = async (name: string) => {
    await turn()
    seen.push(name)
  }
  await Promise.all([work('a'), work('b'), work('c')])
  await work('d')
  clearImmediate(ticking)
  assert.equal(seen.join(''), '|a|b|c|d')
})
