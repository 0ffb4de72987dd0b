import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { until } from '../tests/real/stock-collector.ts'
import { call, connectClient } from './testing/connect.ts'
import { open } from './testing/server.ts'

/** Past our deadline of six seconds, and not for much longer: nobody can stop it here. */
const WANTED_MS = 9_000
const PATIENCE_MS = 90_000

/** Heeds no signal while it compares; its time is the product of the two lengths. */
const comparing = (chars: number) => `SELECT position('b'||repeat('a',${chars}) in repeat('a',1000000))`

async function charsFor(client: pg.Client, wantedMs: number): Promise<number> {
  const CHARS = 1_000
  const since = performance.now()
  await client.query(comparing(CHARS))
  return Math.round((CHARS * wantedMs) / (performance.now() - since))
}

test('on a server of others nobody waits for a statement past its deadline, and none is begun beside three that run on', async t => {
  const { url, client: owner } = await open(t)
  const sql = comparing(await charsFor(owner, WANTED_MS))
  const agents = await Promise.all([0, 1, 2].map(() => connectClient(t, url)))
  const since = performance.now()
  const given = await Promise.all(agents.map(agent => call(agent, 'query_sql', { sql })))
  for (const { isError, text } of given) {
    assert.equal(isError, true, text)
    assert.match(text, /took longer than 6 s, and the database did not stop/)
  }
  t.diagnostic(`answered after ${Math.round(performance.now() - since)} ms`)
  const [agent] = agents
  const refused = await call(agent!, 'query_sql', { sql: 'SELECT 1 AS one' })
  assert.match(refused.text, /3 earlier statements cannot be stopped and still run/)
  assert.equal((await call(agent!, 'describe_schema', {})).isError, false, 'the other tools work')
  await until(PATIENCE_MS, 'they have ended by themselves, and query_sql is back', async () => {
    return !(await call(agent!, 'query_sql', { sql: 'SELECT 1 AS one' })).isError
  })
})
