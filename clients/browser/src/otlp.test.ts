import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeRequest } from '../../../receivers/otlp/wire/index.ts'
import { startBrowserTelemetry } from './index.ts'
import { logJson, requestBody, spanJson } from './otlp.ts'

const LIMITS = { maxNesting: 4, maxRecords: 10 }
const CONTEXT = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
const RESOURCE = { 'service.name': 'portal', 'service.version': undefined }

test('a span is read by the receiver as it was written', () => {
  const span = spanJson({
    ...CONTEXT,
    name: 'GET',
    kind: 3,
    startMs: 1_763_000_000_000.125,
    endMs: 1_763_000_000_010,
    attributes: { text: 'ä"', whole: 200, part: 0.5, yes: true, none: undefined },
    link: { ...CONTEXT, spanId: '1111111111111111' },
    failure: 'status 500',
  })
  const body = Buffer.from(requestBody('traces', RESOURCE, [span, span]))
  const { items, rejected } = decodeRequest('traces', body, 'json', LIMITS)
  assert.deepEqual([items.length, rejected], [2, []])
  const [read] = items
  assert.deepEqual([read!.traceId, read!.spanId, read!.parentSpanId], [CONTEXT.traceId, CONTEXT.spanId, ''])
  assert.equal(read!.startTimeUnixNano, 1_763_000_000_000_125_000n)
  assert.equal(read!.endTimeUnixNano, 1_763_000_000_010_000_000n)
  assert.deepEqual(Object.fromEntries(read!.attributes), { text: 'ä"', whole: 200n, part: 0.5, yes: true })
  assert.equal(read!.links[0]!.spanId, '1111111111111111')
  assert.deepEqual([read!.statusCode, read!.statusMessage], [2, 'status 500'])
  assert.deepEqual(Object.fromEntries(read!.resource.attributes), { 'service.name': 'portal' })
})

test('a log is read by the receiver as it was written', () => {
  const log = { eventName: 'exception', severity: 'ERROR', timeMs: 1, body: 'text', attributes: { a: 'b' } } as const
  const body = Buffer.from(requestBody('logs', RESOURCE, [logJson({ ...log, context: CONTEXT })]))
  const { items, rejected } = decodeRequest('logs', body, 'json', LIMITS)
  assert.deepEqual([items.length, rejected], [1, []])
  const [read] = items
  assert.deepEqual([read!.eventName, read!.severityNumber, read!.body], ['exception', 17, 'text'])
  assert.deepEqual([read!.traceId, read!.timeUnixNano], [CONTEXT.traceId, 1_000_000n])
})

test('where there is no page nothing is started and nothing fails', async () => {
  const before = globalThis.fetch
  const telemetry = startBrowserTelemetry({ service: 'portal', endpoint: 'http://127.0.0.1:1' })
  telemetry.recordError(new Error('x'))
  assert.equal(await telemetry.flush(), true)
  assert.deepEqual([telemetry.sessionId, globalThis.fetch], [undefined, before])
})
