import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../../tests/postgres.ts'
import type { Store } from '../open.ts'
import { partitionsOf } from './catalog.ts'
import { convertHeap } from './convert-heap.ts'
import { makeAhead } from './make.ts'
import { moveOddRows } from './odd-rows.ts'
import { addLine, addReadings, LINES, makeHeaps, onOwner, READINGS } from './testing.ts'

const NOW = new Date()
const DAY_MS = 24 * 3_600_000
const options = { now: NOW, size: DAY_MS, keepDays: 30 }
const daysFromNow = (days: number) => new Date(Math.floor(+NOW / DAY_MS) * DAY_MS + days * DAY_MS + 3_600_000)

async function partitioned(): Promise<Store> {
  const { database } = await createDatabase({ migrated: false })
  await onOwner(database, async owner => {
    await makeHeaps(owner)
    for (const table of [READINGS, LINES]) {
      await convertHeap(owner, table, { now: NOW })
      await makeAhead(owner, table, NOW, DAY_MS)
    }
  })
  return database
}

test('late and future rows get partitions of their own, expired ones go, and the default partition is empty', async () => {
  const database = await partitioned()
  await onOwner(database, async owner => {
    for (const days of [-40, -20, -19, 200]) await addReadings(owner, daysFromNow(days), 10)
    assert.deepEqual(await moveOddRows(owner, READINGS, options), { moved: 30, deleted: 10 })
    const { rows } = await owner.query('SELECT count(*)::int AS count FROM ONLY readings_default')
    assert.deepEqual(rows, [{ count: 0 }])
    const { ranges } = await partitionsOf(owner, 'readings')
    for (const days of [-20, -19, 200]) {
      const at = +daysFromNow(days)
      const range = ranges.find(({ from, to }) => from <= at && at < to)
      assert.deepEqual(range && [range.from, range.to], [at - 3_600_000, at - 3_600_000 + DAY_MS])
    }
    // What comes later for the same days goes there by itself.
    await addReadings(owner, daysFromNow(-20), 5)
    assert.deepEqual(await moveOddRows(owner, READINGS, options), { moved: 0, deleted: 0 })
    assert.equal((await owner.query('SELECT FROM readings')).rowCount, 35)
  })
})

test('a pile is cut into ranges that one short transaction moves, and every reader sees each row once meanwhile', async () => {
  const database = await partitioned()
  const rows = 120_000
  await onOwner(database, async owner => {
    await addReadings(owner, daysFromNow(-10), rows, '0.5 seconds')
    let isDone = false
    const counts = new Set<number>()
    const reading = onOwner(database, async reader => {
      while (!isDone) {
        const result = await reader.query<{ count: number }>('SELECT count(*)::int AS count FROM readings')
        counts.add(result.rows[0]!.count)
      }
    })
    assert.deepEqual(await moveOddRows(owner, READINGS, options), { moved: rows, deleted: 0 })
    isDone = true
    await reading
    assert.deepEqual([...counts], [rows])
    const { ranges } = await partitionsOf(owner, 'readings')
    assert.equal(ranges.filter(({ to }) => to <= +daysFromNow(-9)).length, 7)
  })
})

test('clocks that are far ahead do not make partitions without end', async () => {
  const database = await partitioned()
  await onOwner(database, async owner => {
    await addReadings(owner, daysFromNow(100), 300, '1 day')
    const { moved } = await moveOddRows(owner, READINGS, options)
    assert.equal(moved, 100)
    assert.deepEqual(await moveOddRows(owner, READINGS, options), { moved: 0, deleted: 0 })
    assert.equal((await owner.query('SELECT FROM readings')).rowCount, 300)
  })
})

test('rows of early levels lie apart in their new partition', async () => {
  const database = await partitioned()
  await onOwner(database, async owner => {
    for (const level of ['trace', 'debug', 'info', 'error']) await addLine(owner, daysFromNow(-20), level)
    await moveOddRows(owner, LINES, { ...options, keepDays: 90 })
    const { rows } = await owner.query(
      `SELECT regexp_replace(tableoid::regclass::text, '.*_', '') AS part, array_agg(level ORDER BY level) AS levels
       FROM lines GROUP BY 1 ORDER BY 1`,
    )
    assert.deepEqual(rows, [
      { part: 'early', levels: ['debug', 'trace'] },
      { part: 'rest', levels: ['error', 'info'] },
    ])
  })
})
