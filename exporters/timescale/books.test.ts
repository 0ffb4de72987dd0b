import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type pg from 'pg'
import { RejectedRecordsError } from '../../pipeline/errors.ts'
import type { Batch, RejectedRecord, Signal } from '../../pipeline/model/index.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { anyAttributes, anyText, anyValue, asStored, storedText } from './testing/arbitraries.ts'
import { exactJson, openClient, openExporter } from './testing/exporter.ts'
import { batch, log, point, span, TIME } from './testing/records.ts'

/** What a record is made from; `late` has a time that no column holds. */
const anyRecord = fc.record({ attributes: anyAttributes, text: anyText, body: anyValue, late: fc.boolean() })
type AnyRecord = typeof anyRecord extends fc.Arbitrary<infer T> ? T : never

const anyRequest = fc.record({
  signal: fc.constantFrom<Signal>('traces', 'logs', 'metrics'),
  records: fc.array(anyRecord, { maxLength: 6 }),
  dropped: fc.dictionary(fc.constantFrom('filter', 'sample/errors', 'filter/"odd\''), fc.integer({ min: 1, max: 9 })),
  rejected: fc.array(
    fc.record({
      reason: fc.constantFrom('malformed', 'out_of_range', 'too_deep'),
      message: anyText,
      raw: fc.uint8Array({ maxLength: 50 }),
      contentType: fc.constantFrom('application/x-protobuf', 'application/json'),
    }) satisfies fc.Arbitrary<RejectedRecord>,
    { maxLength: 3 },
  ),
  copies: fc.integer({ min: 1, max: 3 }),
})
type AnyRequest = typeof anyRequest extends fc.Arbitrary<infer T> ? T : never

function requestOf(made: AnyRequest, id: string): Batch {
  const account = { dropped: new Map(Object.entries(made.dropped)), rejected: made.rejected }
  const time = (record: AnyRecord) => (record.late ? 2n ** 63n : TIME)
  const spanId = (i: number) => keyOf(id, i)
  if (made.signal === 'traces') {
    const items = made.records.map((r, i) =>
      span({ spanId: spanId(i), name: r.text, attributes: r.attributes, endTimeUnixNano: time(r) }),
    )
    return batch('traces', id, items, account)
  }
  if (made.signal === 'logs') {
    const items = made.records.map((r, i) =>
      log({ spanId: spanId(i), body: r.body, eventName: r.text, attributes: r.attributes, timeUnixNano: time(r) }),
    )
    return batch('logs', id, items, account)
  }
  const items = made.records.map((r, i) =>
    point({ attributes: new Map(r.attributes).set('span id', spanId(i)), timeUnixNano: time(r) }),
  )
  return batch('metrics', id, items, account)
}

/** Hex, as ids are. */
const keyOf = (id: string, i: number) => Buffer.from(`${id}/${i}`).toString('hex')

/** What the tables show of the records that can be stored. */
function expectedRows(made: AnyRequest, id: string): { key: string; text: unknown; attributes: unknown }[] {
  return made.records.flatMap((r, i) => {
    if (r.late) return []
    const key = keyOf(id, i)
    const attributes = asStored(r.attributes)
    if (made.signal === 'traces') return [{ key, text: storedText(r.text), attributes }]
    if (made.signal === 'metrics')
      return [{ key, text: null, attributes: { ...(attributes as object), 'span id': key } }]
    const isText = r.body === null || typeof r.body === 'string'
    return [
      { key, text: isText ? storedText(String(r.body ?? '')) || storedText(r.text) : asStored(r.body), attributes },
    ]
  })
}

const ROWS = `
  SELECT jsonb_build_object('key', span_id, 'text', operation_name, 'attributes', attributes)::text AS row FROM trace_spans
  UNION ALL
  SELECT jsonb_build_object('key', span_id, 'text', coalesce(body, to_jsonb(message)), 'attributes', context)::text FROM application_logs
  UNION ALL
  SELECT jsonb_build_object('key', labels->>'span id', 'text', NULL, 'attributes', labels)::text FROM metrics_samples`

const TABLES =
  'spans, logs, metric_points, span_shapes, log_shapes, metric_series, ingest_ledger, dead_letters, telemetry_resources, telemetry_scopes'

test('books balance and rows are what was sent, for any requests and any number of copies', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const property = fc.asyncProperty(fc.array(anyRequest, { minLength: 1, maxLength: 8 }), async requests => {
    await client.query(`TRUNCATE ${TABLES}`)
    const exporter = await openExporter(t, database)
    const answers = requests.flatMap((made, i) =>
      Array.from({ length: made.copies }, () => answer(exporter.consume, requestOf(made, `request ${i}`))),
    )
    assert.deepEqual(
      await Promise.all(answers),
      requests.flatMap(made => Array(made.copies).fill(refusedOf(made))),
    )
    await exporter.shutdown()
    await checkRows(client, requests)
    await checkBooks(client, requests)
    const sum = (of: (made: AnyRequest) => number) => requests.reduce((total, made) => total + of(made), 0)
    assert.equal(exporter.booked.get('stored timescale') ?? 0, sum(storedOf))
    assert.equal(
      exporter.booked.get('deduplicated timescale') ?? 0,
      sum(made => (made.copies - 1) * (storedOf(made) + droppedOf(made))),
    )
    const droppedByAll = [...exporter.booked].filter(([key]) => key.startsWith('dropped'))
    assert.equal(
      droppedByAll.reduce((total, [, records]) => total + records, 0),
      sum(droppedOf),
    )
  })
  await fc.assert(property, { numRuns: 25 })
})

const refusedOf = (made: AnyRequest) => made.records.filter(({ late }) => late).length
const storedOf = (made: AnyRequest) => made.records.length - refusedOf(made)
const droppedOf = (made: AnyRequest) => Object.values(made.dropped).reduce((sum, records) => sum + records, 0)

async function checkRows(client: pg.Client, requests: readonly AnyRequest[]): Promise<void> {
  const { rows } = await client.query<{ row: string }>(ROWS)
  const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1)
  const stored = rows.map(({ row }) => exactJson(row) as { key: string })
  const sent = requests.flatMap((made, i) => expectedRows(made, `request ${i}`))
  assert.deepEqual(stored.sort(byKey), sent.sort(byKey))
}

async function checkBooks(client: pg.Client, requests: readonly AnyRequest[]): Promise<void> {
  const { rows } = await client.query(`
    SELECT received, stored, dropped, rejected, resends::int, deduplicated::int,
      (SELECT count(*)::int FROM dead_letters d WHERE d.batch_id = l.batch_id) AS letters
    FROM ingest_ledger l ORDER BY batch_id`)
  const expected = requests.map(made => {
    const rejected = [...made.rejected.map(({ reason }) => reason), ...Array(refusedOf(made)).fill('refused')]
    return {
      received: made.records.length + droppedOf(made) + made.rejected.length,
      stored: storedOf(made),
      dropped: { ...made.dropped },
      rejected: Object.fromEntries(rejected.map(reason => [reason, rejected.filter(other => other === reason).length])),
      resends: made.copies - 1,
      deduplicated: (made.copies - 1) * (storedOf(made) + droppedOf(made)),
      letters: rejected.length,
    }
  })
  assert.deepEqual(rows, expected)
  const { rows: open } = await client.query(
    'SELECT FROM ingest_accounting WHERE accepted <> stored + deduplicated + dropped OR unaccounted <> 0',
  )
  assert.equal(open.length, 0)
}

/** How many records the sender is told were rejected. */
async function answer(consume: (batch: Batch) => Promise<void>, request: Batch): Promise<number> {
  try {
    await consume(request)
    return 0
  } catch (error) {
    if (error instanceof RejectedRecordsError) return error.rejected
    throw error
  }
}
