import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectClient } from '../mcp/testing/connect.ts'
import { open } from '../mcp/testing/server.ts'
import type { Batch, LogRecord } from '../pipeline/model/index.ts'
import { debugQueue } from '../receivers/debug-queue/index.ts'
import { reports } from '../receivers/reflexes/reports.ts'
import { openEdgeReceiver, openStoredEdge } from './edge-receiver.ts'
import { createDatabase } from './postgres.ts'
import { runCommand } from './sensorium-process.ts'

const DROP = {
  eventType: 'SESSION_DROP',
  correlationId: 'txn-456',
  details: { service: 'SessionManager', errorCode: 'TIMEOUT', userId: '123' },
  priority: 'high',
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
