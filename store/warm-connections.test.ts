import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { createDatabase } from '../tests/postgres.ts'
import { withClient } from './connect.ts'
import { SLOW_MS, warmConnections } from './warm-connections.ts'

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return rows[0]!.pid
}

test('a client is kept for the next, its transaction ended; one that broke or was slow is let go', async t => {
  const { database } = await createDatabase()
  const warm = warmConnections(database, 'writer', 1)
  t.after(() => warm.close())
  const first = await warm.take()
  const pid = await pidOf(first)
  await first.query('BEGIN; CREATE TEMP TABLE mine ()')
  await warm.give(first)
  const second = await warm.take()
  assert.equal(await pidOf(second), pid)
  assert.equal((await second.query(`SELECT to_regclass('mine') AS mine`)).rows[0].mine, null)
  // More than are kept.
  const other = await warm.take()
  await warm.give(second)
  await warm.give(other)
  await assert.rejects(other.query('SELECT 1'))
  const third = await warm.take()
  assert.equal(await pidOf(third), pid)
  await third.query(`SELECT pg_sleep(${(SLOW_MS + 100) / 1000})`)
  await warm.give(third)
  const fourth = await warm.take()
  assert.notEqual(await pidOf(fourth), pid)
  await fourth.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => {})
  await warm.give(fourth)
  const fifth = await warm.take()
  assert.ok((await pidOf(fifth)) > 0)
  await warm.give(fifth)
})

test('a reader that is kept plans a function for what it is asked, also the tenth time', async t => {
  const { database } = await createDatabase()
  await withClient(database, 'owner', owner =>
    owner.query(`CREATE TABLE things (kind text); INSERT INTO things SELECT CASE WHEN n = 1 THEN 'rare' ELSE 'usual' END FROM generate_series(1, 5000) n;
      CREATE INDEX ON things (kind); ANALYZE things; GRANT SELECT ON things TO sensorium_reader`),
  )
  const warm = warmConnections(database, 'reader', 1)
  t.after(() => warm.close())
  const plan = async (statement: string) => {
    const client = await warm.take()
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(statement)
    await warm.give(client)
    return rows?.[0]?.['QUERY PLAN']
  }
  // Statements of functions are kept as prepared ones are.
  await plan('PREPARE of_kind (text) AS SELECT * FROM things WHERE kind = $1')
  for (let n = 0; n < 10; n++) assert.match((await plan(`EXPLAIN EXECUTE of_kind ('usual')`))!, /^Seq Scan/)
  assert.match((await plan(`EXPLAIN EXECUTE of_kind ('rare')`))!, /^(Index|Bitmap)/)
})
