import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../../tests/postgres.ts'
import { dumpSchema } from '../dump-schema.ts'
import { formOf, partitionsOf } from './catalog.ts'
import { beforeName, convertHeap } from './convert-heap.ts'
import { makeAhead } from './make.ts'
import { TIME_TABLES, type TimeTable } from './tables.ts'
import { addReadings, backToHeap, makeHeaps, onOwner, READINGS } from './testing.ts'

const DAY_MS = 24 * 3_600_000

test('every table of ours, made a heap and converted, has the schema of a fresh database', async () => {
  const { database } = await createDatabase()
  await onOwner(database, async owner => {
    const fresh = await dumpSchema(owner)
    // With TimescaleDB most of them are hypertables.
    const native: TimeTable[] = []
    for (const table of TIME_TABLES) if ((await formOf(owner, table.table, false)) === 'partitioned') native.push(table)
    assert.ok(native.length > 0)
    for (const table of native) await backToHeap(owner, table)
    assert.doesNotMatch(await dumpSchema(owner), /PARTITION BY RANGE/)
    for (const table of native) {
      await convertHeap(owner, table, { now: new Date() })
      assert.equal(await formOf(owner, table.table, false), 'partitioned')
    }
    const sorted = (text: string) => text.split(/\n+/).sort().join('\n')
    assert.equal(sorted(await dumpSchema(owner)), sorted(fresh))
  })
})

test('a heap with rows becomes the oldest partition, which reads of a later day do not touch', async () => {
  const { database } = await createDatabase({ migrated: false })
  await onOwner(database, async owner => {
    await makeHeaps(owner)
    const now = new Date()
    await addReadings(owner, new Date(+now - 3 * DAY_MS), 2_000, '100 seconds')
    await addReadings(owner, new Date(+now + 400 * DAY_MS), 7)
    const file = await owner.query(`SELECT pg_relation_filenode('readings') AS node`)
    await convertHeap(owner, READINGS, { now })
    await makeAhead(owner, READINGS, now, DAY_MS)
    // Not rewritten.
    assert.deepEqual((await owner.query(`SELECT pg_relation_filenode('readings_before') AS node`)).rows, file.rows)
    const { rows } = await owner.query(
      'SELECT tableoid::regclass::text AS part, count(*)::int AS count FROM readings GROUP BY 1 ORDER BY 1',
    )
    assert.deepEqual(rows, [
      { part: 'readings_before', count: 2_000 },
      { part: 'readings_default', count: 7 },
    ])
    const [heap, next] = (await partitionsOf(owner, 'readings')).ranges
    assert.equal(heap?.name, beforeName('readings'))
    assert.ok(heap.to > +now + DAY_MS / 2 && next?.from === heap.to)
    const [from, to] = [heap.to, heap.to + DAY_MS].map(at => new Date(at).toISOString())
    const plan = await owner.query(`EXPLAIN SELECT FROM readings WHERE at >= '${from}' AND at < '${to}'`)
    assert.doesNotMatch(JSON.stringify(plan.rows), /_before|_default/)
    // Identity columns go on where they were.
    await addReadings(owner, now, 1)
    const ids = await owner.query('SELECT max(id)::int AS last, count(DISTINCT id)::int AS ids FROM readings')
    assert.deepEqual(ids.rows, [{ last: 2_008, ids: 2_008 }])
  })
})

test('rows that come during each step are read at once and kept, wherever their time lies', async () => {
  const { database } = await createDatabase({ migrated: false })
  await onOwner(database, async owner => {
    await makeHeaps(owner)
    const now = new Date()
    await addReadings(owner, now, 50_000)
    let isDone = false
    let sent = 50_000
    const writing = onOwner(database, async writer => {
      while (!isDone) {
        await addReadings(writer, new Date(), 50)
        await addReadings(writer, new Date(+now + 30 * DAY_MS), 3)
        sent += 53
        const { rows } = await writer.query<{ count: number }>('SELECT count(*)::int AS count FROM readings')
        assert.equal(rows[0]?.count, sent)
      }
    })
    await convertHeap(owner, READINGS, { now })
    isDone = true
    await writing
    const { rows } = await owner.query('SELECT count(*)::int AS count, count(DISTINCT id)::int AS ids FROM readings')
    assert.deepEqual(rows, [{ count: sent, ids: sent }])
  })
})

test('a materialized view over the table is refused with what to do, and nothing has changed', async () => {
  const { database } = await createDatabase({ migrated: false })
  await onOwner(database, async owner => {
    await makeHeaps(owner)
    await owner.query('CREATE MATERIALIZED VIEW mine AS SELECT id FROM readings')
    await assert.rejects(
      convertHeap(owner, READINGS, { now: new Date() }),
      /materialized view mine reads readings.*drop it/,
    )
    assert.equal(await formOf(owner, 'readings', false), 'heap')
  })
})
