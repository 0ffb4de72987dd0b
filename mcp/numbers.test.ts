import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributes, batch, log, span } from '../exporters/timescale/testing/records.ts'
import { foldSightings } from '../store/fingerprints/fold.ts'
import type { Json, Row } from './answer.ts'
import { call, connectClient } from './testing/connect.ts'
import { failure, now, of, open, store } from './testing/server.ts'

const FINGERPRINT = '0000000000000007'
const MINUTE_NS = 60_000_000_000n

test('every tool has the same numbers of a problem in a range, and SQL has them, too', async t => {
  const { url, database, client: owner } = await open(t)
  const problem = { id: 7n, kind: 'error', version: 1, template: 'Error: broken' } as const
  const exception = { 'exception.type': 'Error', 'exception.message': 'broken' }
  const failed = (n: number, minutesAgo: number) => {
    const time = now() - BigInt(minutesAgo) * MINUTE_NS
    const traceId = n.toString(16).padStart(32, '0')
    return {
      log: failure('shop', `broken no. ${n}`, { timeUnixNano: time, traceId, attributes: attributes(exception) }),
      span: span({
        resource: of('shop'),
        traceId,
        spanId: n.toString(16).padStart(16, '0'),
        kind: 2,
        statusCode: 2,
        startTimeUnixNano: time,
        endTimeUnixNano: time + 1_000_000n,
        events: [
          { timeUnixNano: time, name: 'exception', droppedAttributesCount: 0, attributes: attributes(exception) },
        ],
        fingerprint: problem,
      }),
    }
  }
  // Each failure is a log record and a span; five are in the range, three are older.
  const all = [1, 2, 3, 4, 5].map(n => failed(n, n)).concat([6, 7, 8].map(n => failed(n, 300 + n)))
  // The service was heard of long before its first failure.
  const early = log({
    resource: of('shop'),
    timeUnixNano: now() - 590n * MINUTE_NS,
    severityNumber: 9,
    body: 'open',
    fingerprint: { id: 8n, kind: 'log', version: 1, template: 'open' },
  })
  await store(
    database,
    batch('logs', 'one', [early, ...all.map(one => one.log)]),
    batch(
      'traces',
      'two',
      all.map(one => one.span),
    ),
  )
  await foldSightings(owner)
  const client = await connectClient(t, url)
  const until = new Date(Date.now() + 1_000).toISOString()
  const range = { minutes: 60, until }
  const { rows } = await owner.query<{ records: number; failures: number }>(
    `SELECT (SELECT count(*)::int FROM error_events WHERE fingerprint = 7 AND timestamp > $1::timestamptz - interval '1 hour' AND timestamp <= $1) AS records,
       (SELECT count(DISTINCT failure)::int FROM failure_records WHERE fingerprint = 7 AND timestamp > $1::timestamptz - interval '1 hour' AND timestamp <= $1) AS failures`,
    [until],
  )
  assert.deepEqual(rows, [{ records: 10, failures: 5 }])
  const asked: readonly (readonly [string, Record<string, unknown>])[] = [
    ['error_fingerprint_summary', range],
    ['search_errors', { ...range, query: 'broken' }],
    ['explain_failure', { ...range, fingerprint: FINGERPRINT }],
    ['service_health', { ...range, service: 'shop' }],
    [
      'query_sql',
      {
        sql: `SELECT * FROM problem_counts(ARRAY['${FINGERPRINT}'], '${until}'::timestamptz - interval '1 hour', '${until}')`,
      },
    ],
  ]
  for (const [tool, args] of asked) {
    const { answer, text } = await call(client, tool, { ...args, max_tokens: 8_000 })
    const told = rowsOf(answer.data as unknown as Json).filter(
      row => row.fingerprint === FINGERPRINT || row.verdict !== undefined,
    )
    const numbers = told.flatMap(({ records, failures }) => [
      ...(records === undefined ? [] : [['records', records]]),
      ...(failures === undefined ? [] : [['failures', failures]]),
    ])
    assert.ok(numbers.length > 0, `${tool} has no number: ${text}`)
    for (const [name, number] of numbers) assert.equal(number, rows[0]![name as 'records'], `${tool}, ${name}: ${text}`)
  }
  // Of what began in a longer range it tells the numbers of that range.
  const began = { at: until, minutes: 600 }
  const changes = await call(client, 'what_changed', began)
  const { rows: whole } = await owner.query<{ records: number; failures: number }>(
    `SELECT count(*)::int AS records, count(DISTINCT failure)::int AS failures FROM failure_records
     WHERE fingerprint = 7 AND timestamp > $1::timestamptz - interval '10 hours' AND timestamp <= $1::timestamptz + interval '5 minutes'`,
    [until],
  )
  assert.deepEqual(
    changes.answer.data.problems?.map(({ fingerprint, records, failures }) => ({ fingerprint, records, failures })),
    [{ fingerprint: FINGERPRINT, ...whole[0]! }],
    changes.text,
  )
  assert.deepEqual(whole, [{ records: 16, failures: 8 }])
  const samples = await call(client, 'get_fingerprint_samples', { ...range, fingerprint: FINGERPRINT })
  assert.match(samples.text, /^10 records of 5 failures/)
  // What it is told of all time has another name.
  assert.ok(rowsOf(samples.answer.data as unknown as Json).every(row => row.records === undefined))
  const shared = await call(client, 'what_they_share', { ...range, fingerprint: FINGERPRINT })
  assert.match(shared.text, /first is 5 failures/)
  const errors = await call(client, 'list_recent_errors', { ...range, limit: 100, max_tokens: 8_000 })
  assert.equal(errors.answer.data.errors!.length, 10)
  const events = await call(client, 'search_events', { ...range, query: 'broken', limit: 100, max_tokens: 8_000 })
  assert.equal(events.answer.data.events!.length, 5)
})

/** Every object in it. */
function rowsOf(value: Json): Row[] {
  if (Array.isArray(value)) return value.flatMap(rowsOf)
  if (typeof value !== 'object' || value === null) return []
  return [value as Row, ...Object.values(value).flatMap(rowsOf)]
}
