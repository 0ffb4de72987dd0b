import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../../tests/postgres.ts'
import { oldTables, repack } from './repack.ts'
import { onOwner } from './testing.ts'
import { addTodaysLayout, contentsOf, FORMER_TABLES, makeFormerLayout } from './testing-former.ts'

const ROWS = 30_000

test('rows of the former layout are read through the views, and move to the last bit, however often the move is broken off', async () => {
  const { database } = await createDatabase({ migrated: false })
  await onOwner(database, async owner => {
    await makeFormerLayout(owner, ROWS)
    const before = await contentsOf(owner)
    await addTodaysLayout(owner)
    assert.deepEqual(await oldTables(owner), Object.keys(FORMER_TABLES))
    assert.deepEqual(await contentsOf(owner), before)

    for (let steps = 1; (await oldTables(owner)).length > 0; steps++) {
      const stop = new AbortController()
      let left = steps
      const onProgress = () => {
        left -= 1
        if (left === 0) stop.abort(new Error('broken off'))
      }
      await repack(owner, { patience: { signal: stop.signal }, onProgress }).catch((error: Error) =>
        assert.equal(error.message, 'broken off'),
      )
      assert.deepEqual(await contentsOf(owner), before)
    }
    const { rows } = await owner.query(
      'SELECT (SELECT count(*)::int FROM spans) AS spans, (SELECT count(*)::int FROM logs) AS logs, (SELECT count(*)::int FROM metric_points) AS points',
    )
    assert.deepEqual(rows, [{ spans: ROWS, logs: ROWS, points: ROWS }])
  })
})
