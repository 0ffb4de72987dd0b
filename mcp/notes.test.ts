import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { openStoredEdge } from '../tests/edge-receiver.ts'
import { until } from '../tests/real/stock-collector.ts'
import { mcp } from './index.ts'
import { NOTES_PATH, SIGNATURE_HEADER, signatureOf } from './notes.ts'

const CALL = {
  principal: 'ada (stdio)',
  tool: 'query_sql',
  arguments: { sql: 'SELECT 1' },
  outcome: 'answered',
  rows: 1,
  tokens: 20,
  durationMs: 3.5,
}

test('a note of a process of ours is kept once, however often and by whomever it is sent', async t => {
  const { post, rows, database } = await openStoredEdge(t, mcp, {})
  const send = async (body: string, signature = signatureOf(database.database, body)) => {
    const headers = { 'content-length': String(body.length), [SIGNATURE_HEADER]: signature }
    return (await post(NOTES_PATH, body, headers)).status
  }
  const note = (age = 0, id: string = randomUUID()) =>
    JSON.stringify({ ...CALL, id, at: new Date(Date.now() - age).toISOString() })
  const one = note()
  assert.deepEqual([await send(one), await send(one), await send(one)], [202, 202, 202])
  assert.equal(await send(note()), 202)
  const BOOKS = `SELECT count(*)::int AS batches, sum(resends)::int AS resends FROM ingest_ledger WHERE receiver LIKE 'mcp%'`
  await until(10_000, 'all are in the books', async () => (await rows(BOOKS))[0]!.resends === 2)
  assert.deepEqual(await rows(BOOKS), [{ batches: 2, resends: 2 }])
  const KEPT = 'SELECT principal, tool, rows FROM mcp_calls'
  assert.deepEqual(await rows(KEPT), Array(2).fill({ principal: CALL.principal, tool: CALL.tool, rows: 1 }))
  for (const [body, signature] of [
    [note(), ''],
    [note(), 'f'.repeat(64)],
    [note(3_600_000), undefined],
    [note(-3_600_000), undefined],
    [JSON.stringify(CALL), undefined],
  ] as const) {
    assert.equal(await send(body, signature), 401)
  }
  assert.equal((await rows(KEPT)).length, 2)
})
