import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SOURCES } from './sources.ts'
import { startWalk } from './walk.ts'

test('slices grow, and one is no larger than what the time that is left is likely to allow', async () => {
  const blocks: number[] = []
  let upper = Date.parse('2026-08-01T11:00:00Z')
  const walk = startWalk({
    read: async (sql, values) => {
      if (!sql.includes('search_slice')) return []
      blocks.push(Number(values[3]))
      upper -= 60_000
      return [{ lower: new Date(upper).toISOString() }]
    },
    source: SOURCES.span,
    conditions: { sql: [], values: [], isLedById: false, isOfErrors: false },
    terms: [],
    query: { words: [], filters: [], from: new Date(0), to: new Date(upper), hasRange: true, faults: [] },
    attributes: [],
    isCounted: false,
    from: '2026-08-01T10:00:00.000Z',
    to: '2026-08-01T11:00:00.000Z',
    wanted: 10,
  })
  await walk.step(1_000)
  await walk.step(1_000)
  await walk.step(0)
  assert.ok(blocks[1]! > blocks[0]!)
  assert.equal(blocks[2], 1)
  assert.equal(walk.isOver, false)
})
