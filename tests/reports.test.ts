import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { NEVER, openClient, openExporter } from '../exporters/timescale/testing/exporter.ts'
import { attributes, batch, log, resource } from '../exporters/timescale/testing/records.ts'
import { connectClient } from '../mcp/testing/connect.ts'
import { open } from '../mcp/testing/server.ts'
import { type Batch, hexOf, type LogRecord } from '../pipeline/model/index.ts'
import { debugQueue } from '../receivers/debug-queue/index.ts'
import { reports } from '../receivers/reflexes/reports.ts'
import { foldSightings } from '../store/fingerprints/fold.ts'
import { reportRound } from '../store/reports/round.ts'
import { openEdgeReceiver, openStoredEdge } from './edge-receiver.ts'
import { createDatabase, type TestDatabase } from './postgres.ts'
import { runCommand } from './sensorium-process.ts'

const DROP = {
  eventType: 'SESSION_DROP',
  correlationId: 'txn-456',
  details: { service: 'SessionManager', errorCode: 'TIMEOUT', userId: '123' },
  priority: 'high',
}

/** Records as receivers hand them on, stored and counted. */
async function openExporterWithFold(t: TestContext, database: TestDatabase) {
  const exporter = await openExporter(t, database)
  const client = await openClient(t, database)
  let sent = 0
  return {
    client,
    exporter: async (records: LogRecord[]) => {
      await exporter.consume(batch('logs', `batch ${sent++}`, records), NEVER)
      while ((await foldSightings(client)).sightings > 0);
    },
  }
}

const manager = resource({ 'service.name': 'SessionManager', 'deployment.environment.name': 'production' })

function failure(id: bigint, correlation: string, at: number, more: Partial<LogRecord> = {}): LogRecord {
  const timeUnixNano = BigInt(at) * 1_000_000n
  const fingerprint = { id, kind: 'log' as const, version: 1, template: `problem ${id}` }
  const named = attributes({ request_id: correlation, ...Object.fromEntries(more.attributes ?? []) })
  const body = 'session cannot be kept'
  return log({ resource: manager, severityNumber: 17, timeUnixNano, fingerprint, body, ...more, attributes: named })
}

function drop(id: bigint, correlation: string, at: number, code = 'TIMEOUT'): LogRecord {
  const said = { 'debug.correlation_id': correlation, 'debug.priority': 'high', 'debug.error_code': code }
  return failure(id, correlation, at, { eventName: 'debug.SESSION_DROP', body: code, attributes: attributes(said) })
}

test('a SESSION_DROP becomes a report that is told, shown to people and agents, and judged', async t => {
  const database = await createDatabase()
  const queue = await openStoredEdge(t, debugQueue, {}, database)
  const told = Promise.withResolvers<LogRecord>()
  const next = async (batch: Batch) => told.resolve(batch.items[0] as LogRecord) // findings are logs
  const edge = openEdgeReceiver(reports, { interval_ms: 100 }, next, { database: database.database })
  await edge.component.start!(AbortSignal.timeout(30_000))
  t.after(() => edge.component.shutdown!(AbortSignal.timeout(10_000)))
  assert.equal((await queue.post('/webhook/event', JSON.stringify(DROP))).status, 202)

  const { eventName, attributes, body } = await told.promise
  assert.equal(eventName, 'report.created')
  assert.equal(attributes.get('finding.kind'), 'report')
  assert.match(String(body), /^SessionManager: SESSION_DROP: TIMEOUT\n/)
  const id = String(attributes.get('report.id'))
  assert.equal(attributes.get('finding.link'), `/reports/${id}`)

  await t.test('as agents read it', async t => {
    const { url } = await open(t, {}, {}, database)
    const client = await connectClient(t, url)
    const { contents } = await client.readResource({ uri: `report://${id}` })
    const text = JSON.stringify(contents)
    assert.match(text, /SESSION_DROP: TIMEOUT/)
    assert.match(text, /not enough evidence: no service sent spans/)
  })

  await t.test('feedback that names no report, no verdict or no person is refused', async () => {
    const say = (said: object) => edge.post('/chat/feedback', JSON.stringify(said))
    const kept = await say({ report_id: id, feedback: 'right', userId: 'nana' })
    assert.deepEqual([kept.status, kept.json.status, kept.json.report_id], [202, 'refined', id])
    assert.equal((await say({ report_id: 'ffffffff', feedback: 'right', userId: 'nana' })).status, 404)
    assert.equal((await say({ report_id: id, feedback: 'maybe', userId: 'nana' })).status, 400)
    assert.equal((await say({ report_id: id, feedback: 'right' })).status, 400)
  })

  await t.test('as people read it', async () => {
    const run = async (...args: string[]) =>
      JSON.parse((await runCommand([...args, '--json'], { DATABASE_URL: database.url })).stdout)
    const [row, ...others] = await run('reports', 'list')
    assert.deepEqual([row.id, row.verdict, others], [id, 'right', []])
    assert.equal((await run('reports', 'show', id.slice(0, 5))).correlation_id, 'txn-456')
    assert.equal((await run('causes', 'feedback', id, 'wrong', '--by', 'bob')).verdict, 'wrong')
    assert.equal((await run('causes', 'accuracy')).weights.version, 1)
  })
})

test('a debug event that is a new problem as well has one report, whichever is noticed first', async t => {
  const database = await createDatabase()
  const { client, exporter } = await openExporterWithFold(t, database)
  const now = Date.now() - 900_000
  const options = { receiver: 'reports', windowMs: 300_000, usualMs: 900_000, againMs: 300_000 }
  const reportsOf = async () =>
    (await client.query('SELECT trigger_kind, fingerprints, revision FROM reports ORDER BY created_at')).rows
  const linked = async () =>
    (await client.query('SELECT trigger_id, report_id FROM report_triggers ORDER BY 1')).rows.length

  await exporter([drop(1n, 'txn-1', now - 5_000)])
  await reportRound(client, options, now)
  assert.deepEqual([(await reportsOf()).length, await linked()], [1, 2])
  assert.deepEqual((await reportsOf())[0].fingerprints, [hexOf(1n)])

  // What fails in the session is noticed before the session is dropped.
  await exporter([failure(2n, 'txn-2', now + 400_000)])
  await reportRound(client, options, now + 405_000)
  await exporter([drop(3n, 'txn-2', now + 410_000, 'LOST')])
  await reportRound(client, options, now + 415_000)
  const [, second, ...others] = await reportsOf()
  assert.deepEqual(others, [])
  assert.deepEqual([second.trigger_kind, second.revision], ['problem', 2])
  assert.deepEqual(second.fingerprints, [hexOf(2n), hexOf(3n)])
  assert.equal(await linked(), 5)
})
