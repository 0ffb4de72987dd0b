import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { attributes, batch, resource, span, TIME } from '../../exporters/timescale/testing/records.ts'
import { createDatabase } from '../postgres.ts'

const FINGERPRINT = { id: 77n, kind: 'error', version: 1, template: 'RangeError at readQuote' } as const
const PROD = { 'deployment.environment.name': 'prod' }

test('a failure whose spans are stored twice, under the same ids, has one origin', async t => {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  const exception = attributes({ 'exception.type': 'RangeError', 'exception.message': 'no quote' })
  const events = [{ timeUnixNano: TIME, name: 'exception', attributes: exception, droppedAttributesCount: 0 }]
  const entry = span({
    resource: resource({ ...PROD, 'service.name': 'payment' }),
    kind: 2,
    name: 'POST /pay',
    statusCode: 2,
  })
  const spans = [
    { ...entry, spanId: '00000000000000a1' },
    { ...entry, spanId: '00000000000000a2', parentSpanId: '00000000000000a1', kind: 1, name: 'quote', events },
  ].map(one => (one.name === 'quote' ? { ...one, fingerprint: FINGERPRINT } : one))
  await consume(batch('traces', 'one', spans))
  await consume(batch('traces', 'sent again in another request', spans))
  const { rows } = await client.query(
    `SELECT service, operation, entry_operation FROM failure_origin('000000000000004d', '2026-08-01', '2026-08-02')`,
  )
  assert.deepEqual(rows, [{ service: 'payment', operation: 'quote', entry_operation: 'POST /pay' }])
})
