import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDatabase } from '../../tests/postgres.ts'
import type { Store } from '../open.ts'
import { partitionsOf } from './catalog.ts'
import { convertHeap } from './convert-heap.ts'
import { dropExpired } from './expire.ts'
import { attachRange, makeAhead } from './make.ts'
import { missingRanges } from './ranges.ts'
import { addLine, addReadings, LINES, makeHeaps, onOwner, READINGS } from './testing.ts'

const NOW = new Date()
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

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

test('exactly what should go is gone, whatever the ranges, the time zone of the server and its change of the clock', async () => {
  const database = await partitioned()
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'Australia/Lord_Howe', 'Asia/Kathmandu']
  await onOwner(database, async owner => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...zones),
        fc.constantFrom(1, 5, 12, 24, 168),
        // Around both changes of the clock.
        fc
          .constantFrom(Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25))
          .chain(at => fc.integer({ min: at - DAY_MS, max: at + DAY_MS })),
        fc.integer({ min: 1, max: 20 }),
        async (zone, hours, now, keepDays) => {
          const size = Math.min(hours * HOUR_MS, keepDays * DAY_MS)
          await owner.query(`SET TimeZone = '${zone}'`)
          const { ranges: old } = await partitionsOf(owner, 'readings')
          for (const { name } of old) await owner.query(`DROP TABLE ${name}`)
          const limit = now - keepDays * DAY_MS
          const span = { from: limit - 5 * size, to: limit + 5 * size }
          for (const range of missingRanges([], span, size)) await attachRange(owner, READINGS, range)
          await addReadings(owner, new Date(span.from), 200, `${(10 * size) / 200} milliseconds`)
          const { ranges } = await partitionsOf(owner, 'readings')
          const kept = ranges.filter(({ to }) => to > limit)
          const expected = await owner.query('SELECT id FROM readings WHERE at >= $1 ORDER BY 1', [
            new Date(kept[0]!.from),
          ])
          const dropped = await dropExpired(owner, READINGS, { now: new Date(now), keepDays })
          assert.equal(dropped, ranges.length - kept.length)
          assert.deepEqual((await owner.query('SELECT id FROM readings ORDER BY 1')).rows, expected.rows)
        },
      ),
      { numRuns: 12 },
    )
  })
})

test('early levels leave by their own partitions, and the others stay', async () => {
  const database = await partitioned()
  const now = new Date()
  await onOwner(database, async owner => {
    const day = Math.floor(+now / DAY_MS) * DAY_MS - 40 * DAY_MS
    await attachRange(owner, LINES, { from: day, to: day + DAY_MS })
    for (const level of ['trace', 'debug', 'info', 'fatal']) await addLine(owner, new Date(day + HOUR_MS), level)
    assert.equal(await dropExpired(owner, LINES, { now, keepDays: 90, earlyDays: 30 }), 1)
    assert.equal(await dropExpired(owner, LINES, { now, keepDays: 90, earlyDays: 30 }), 0)
    const { rows } = await owner.query('SELECT level FROM lines ORDER BY 1')
    assert.deepEqual(rows, [{ level: 'fatal' }, { level: 'info' }])
    // A late one has a place all the same.
    await addLine(owner, new Date(day + HOUR_MS), 'debug')
  })
})

test('a reader that holds the table delays the drop, and the drop holds up nobody for longer than its short wait', async () => {
  const database = await partitioned()
  const now = new Date()
  await onOwner(database, async owner => {
    const day = Math.floor(+now / DAY_MS) * DAY_MS - 40 * DAY_MS
    await attachRange(owner, READINGS, { from: day, to: day + DAY_MS })
    await onOwner(database, async reader => {
      await reader.query('BEGIN; SELECT count(*) FROM readings')
      const dropping = dropExpired(owner, READINGS, { now, keepDays: 30 })
      let longestMs = 0
      await onOwner(database, async writer => {
        for (let i = 0; i < 20; i++) {
          const startedAt = performance.now()
          await addReadings(writer, now, 10)
          longestMs = Math.max(longestMs, performance.now() - startedAt)
        }
      })
      await reader.query('COMMIT')
      assert.equal(await dropping, 1)
      assert.ok(longestMs < 2_000, `an insert took ${longestMs} ms`)
    })
  })
})

test('partitions are made once, ahead of their time, and what a killed drop left is dropped', async () => {
  const database = await partitioned()
  const now = new Date(Date.now() + 10 * DAY_MS)
  await onOwner(database, async owner => {
    const made = await makeAhead(owner, READINGS, now, DAY_MS)
    assert.equal(made.length, 4)
    assert.deepEqual(await makeAhead(owner, READINGS, now, DAY_MS), [])
    const name = made[0]!
    await owner.query(`ALTER TABLE readings DETACH PARTITION ${name}; ALTER TABLE ${name} RENAME TO ${name}_detached`)
    assert.equal(await dropExpired(owner, READINGS, { now, keepDays: 3_650 }), 1)
  })
})
