import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, connectClient } from './testing/connect.ts'
import { open } from './testing/server.ts'

test('a cell of a query is what the database has: numbers, microseconds, days, and NULL in its column', async t => {
  const { url } = await open(t)
  const client = await connectClient(t, url)
  const { answer } = await call(client, 'query_sql', {
    sql: `SELECT 12.50::numeric AS price, 1234567890123456789.25::numeric AS exact, avg(x) AS average, NULL::text AS nothing,
      '2026-11-21 10:00:00.123456Z'::timestamptz AS at, '2026-11-21 10:00:00Z'::timestamptz AS even, date '2026-11-21' AS day,
      interval '90 minutes' AS took, 9007199254740993 AS large FROM generate_series(1, 2) x`,
  })
  assert.deepEqual(answer.data.rows, [
    {
      price: 12.5,
      exact: '1234567890123456789.25',
      average: 1.5,
      nothing: null,
      at: '2026-11-21T10:00:00.123456Z',
      even: '2026-11-21T10:00:00.000Z',
      day: '2026-11-21',
      took: '01:30:00',
      large: '9007199254740993',
    },
  ])
})

test('an answer is text, once; a program that asks for it gets the same as JSON', async t => {
  const { url } = await open(t)
  const client = await connectClient(t, url)
  const sql = `SELECT repeat('word ', 10) AS words FROM generate_series(1, 500)`
  const plain = await client.callTool({ name: 'query_sql', arguments: { sql, limit: 500, max_tokens: 20_000 } })
  assert.equal(plain.structuredContent, undefined)
  assert.ok(JSON.stringify(plain).length < 20_000 * 3.3 * 1.2)
  const asked = await call(client, 'query_sql', { sql, limit: 500, max_tokens: 20_000 })
  assert.equal(asked.answer.data.rows!.length, 500)
  assert.equal((plain.content as { text: string }[])[0]!.text, asked.text)
})
