import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import { attributes, batch, log, span } from '../exporters/timescale/testing/records.ts'
import { foldSightings } from '../store/fingerprints/fold.ts'
import type { Row } from './answer.ts'
import { call, connectClient } from './testing/connect.ts'
import { failure, now, of, open, store } from './testing/server.ts'

/** Follows what the answers say of how to go on, until there is no more. */
async function readAll(client: Client, tool: string, section: string, args: Record<string, unknown>): Promise<Row[]> {
  const rows: Row[] = []
  let page: Record<string, unknown> = {}
  for (let calls = 0; calls < 60; calls++) {
    const { answer, text } = await call(client, tool, { ...args, ...page })
    rows.push(...answer.data[section]!)
    const [, until, skip] = /Left out: .*send "until":"([^"]+)","skip":(\d+)/.exec(text) ?? []
    if (until === undefined) return rows
    page = { until, skip: Number(skip) }
  }
  throw new Error('there is always more')
}

test('pages of a list lose nothing and repeat nothing, however many rows a microsecond has', async t => {
  const { url, database } = await open(t)
  const start = (now() / 1_000_000_000n) * 1_000_000_000n - 60_000_000_000n
  // One millisecond holds three of them, one microsecond four.
  const offsets = [0, 1_000, 2_000, 2_000, 2_000, 2_000, 900_000, 5_000_000, 5_000_000, 9_000_000_000]
  const records = offsets.map((offset, i) =>
    failure('shop', `broken no. ${String.fromCharCode(97 + i)}`, { timeUnixNano: start + BigInt(offset) }),
  )
  await store(database, batch('logs', 'one', records))
  const client = await connectClient(t, url)
  const all = records.map(({ body }) => String(body)).sort()
  for (const limit of [1, 2, 3, 7]) {
    const errors = await readAll(client, 'list_recent_errors', 'errors', { limit })
    assert.deepEqual(errors.map(({ message }) => message).sort(), all, `limit ${limit}`)
    const events = await readAll(client, 'search_events', 'events', { query: 'broken', limit })
    assert.deepEqual(events.map(({ message }) => message).sort(), all, `limit ${limit}`)
  }
  // What the budget cuts is not lost either: the list goes on after what was shown.
  const narrow = await readAll(client, 'list_recent_errors', 'errors', { limit: 10, max_tokens: 400 })
  assert.deepEqual(narrow.map(({ message }) => message).sort(), all)
})

test('problems alone are found unless all is asked for, trouble comes first, and the SQL gives the numbers of the answer', async t => {
  const { url, database, client: owner } = await open(t)
  const known = (id: bigint, template: string, kind: 'log' | 'error') => ({ id, kind, version: 1, template })
  await store(
    database,
    batch('logs', 'one', [
      ...Array.from({ length: 9 }, (_, i) =>
        log({
          resource: of('shop'),
          timeUnixNano: now(),
          severityNumber: 9,
          body: `order ${i} confirmed for the customer`,
          fingerprint: known(1n, 'order <number> confirmed for the customer', 'log'),
        }),
      ),
      ...['a', 'a', 'b'].map(trace =>
        failure('shop', 'checkout of the customer broke', {
          traceId: trace.repeat(32),
          fingerprint: known(2n, 'CheckoutError: checkout of the customer broke', 'error'),
        }),
      ),
      failure('shop', 'checkout of the customer broke', {
        timeUnixNano: now() - 7_200_000_000_000n,
        fingerprint: known(2n, 'CheckoutError: checkout of the customer broke', 'error'),
      }),
    ]),
  )
  await foldSightings(owner)
  const client = await connectClient(t, url)
  const asked = { query: 'order of the customer confirmed', minutes: 60 }
  const { answer } = await call(client, 'search_errors', asked)
  assert.deepEqual(
    answer.data.problems!.map(row => [row.fingerprint, row.records, row.failures]),
    [['0000000000000002', 3, 2]],
  )
  const repeated = await call(client, 'query_sql', { sql: answer.sql[0]! })
  assert.equal(repeated.isError, false, repeated.text)
  assert.deepEqual(
    repeated.answer.data.rows!.map(row => [row.fingerprint, row.records, row.failures]),
    [['0000000000000002', 3, 2]],
  )
  const all = await call(client, 'search_errors', { ...asked, all: true })
  assert.deepEqual(
    all.answer.data.problems!.map(row => row.kind),
    ['error', 'no trouble'],
  )
})

test('a failure is explained by the id of anything: an order that an attribute names, a cart that a message names', async t => {
  const { url, database } = await open(t)
  const traceId = 'ef'.repeat(16)
  await store(
    database,
    batch('logs', 'one', [
      failure('payment', 'card refused', { traceId }),
      failure('checkout', 'cart cart_99zz could not be paid'),
    ]),
    batch('traces', 'two', [
      span({
        resource: of('checkout'),
        traceId,
        startTimeUnixNano: now(),
        endTimeUnixNano: now(),
        attributes: attributes({ 'shop.order.id': 'ord_abqawh648j' }),
      }),
    ]),
  )
  const client = await connectClient(t, url)
  const order = await call(client, 'explain_failure', { entity: 'ord_abqawh648j' })
  assert.match(order.text, /^1 error among 2 events/)
  assert.match(order.text, /card refused/)
  const timeline = await call(client, 'get_timeline', { entity: 'ord_abqawh648j' })
  assert.deepEqual(timeline.answer.data.events!.map(row => row.what).sort(), ['log', 'span'])
  assert.match((await call(client, 'explain_failure', { entity: 'cart_99zz' })).text, /could not be paid/)
  assert.match((await call(client, 'get_timeline', { entity: 'ord_nobody' })).text, /No record names this entity/)
  assert.match((await call(client, 'get_timeline', { entity: '...' })).text, /has no letter or digit/)
})

test('samples of a problem differ, say how many are alike, and have the stack with its cause', async t => {
  const { url, database } = await open(t)
  const frames = Array.from({ length: 60 }, (_, i) => `    at handle (/app/node_modules/express/lib/router.js:${i}:5)`)
  const stack = `Error: broken\n    at place (/app/src/checkout.ts:40:11)\n${frames.join('\n')}\n  [cause]: LedgerError: sequence taken\n      at claim (/app/src/ledger.ts:9:5)`
  const records = Array.from({ length: 30 }, (_, i) =>
    failure(i % 10 === 0 ? 'cron' : 'shop', `order ord_${i} broke`, {
      attributes: attributes({ 'exception.stacktrace': stack, 'exception.type': 'Error' }),
    }),
  )
  await store(database, batch('logs', 'one', records))
  const client = await connectClient(t, url)
  const { answer, text } = await call(client, 'get_fingerprint_samples', {
    fingerprint: '0000000000000007',
    max_tokens: 600,
  })
  assert.deepEqual(answer.data.samples!.map(row => [row.service, row.alike]).sort(), [
    ['cron', 3],
    ['shop', 27],
  ])
  assert.match(text, /30 records of 30 failures|30 records of \d+ failure/)
  assert.match(text, /Caused by: LedgerError: sequence taken\\n {2}at claim \(\/app\/src\/ledger\.ts:9\)/)
})

test('what is wrong with the arguments is told at once, however many calls wait', async t => {
  const { url } = await open(t, { calls_at_once: 1 })
  const client = await connectClient(t, url)
  // Each takes a while, only one runs at once, and one more may wait.
  const long = { sql: 'SELECT count(*) FROM generate_series(1, 2000000)' }
  const slow = Array.from({ length: 8 }, () => call(client, 'query_sql', long))
  let answered = 0
  for (const one of slow) void one.then(() => (answered += 1))
  const wrong: readonly (readonly [string, object])[] = [
    ['get_timeline', {}],
    ['explain_failure', {}],
    ['trace_request', {}],
    ['compare_test_runs', {}],
    ['service_health', {}],
    ['search_events', { query: '...' }],
    ['list_recent_errors', { minutes: -1 }],
  ]
  for (const [tool, args] of wrong) {
    const { isError, text } = await call(client, tool, args as Record<string, unknown>)
    assert.equal(isError, true, tool)
    assert.doesNotMatch(text, /under way/)
  }
  assert.ok(answered < slow.length, 'all of the slow calls were answered before')
  await Promise.allSettled(slow)
})
