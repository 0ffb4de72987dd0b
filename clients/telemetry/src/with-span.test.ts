import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openReceiver } from '../../delivery/testing/receiver.ts'
import { startTelemetry, withSpan } from './index.ts'
import { spansOf } from './testing/processes.ts'

test('without a set-up only the work runs', () => {
  assert.equal(
    withSpan('work', () => 7),
    7,
  )
})

test('a set-up that cannot be is told of and never thrown', () => {
  const warnings: string[] = []
  const telemetry = startTelemetry({ endpoint: 'not an address', onWarning: message => warnings.push(message) })
  assert.equal(telemetry.status().pending, 0)
  assert.match(warnings.join(), /telemetry: not started, the application runs without traces: TypeError: Invalid URL/)
})

test('spans nest, end with their work, and keep what was thrown, which goes on to the caller', async t => {
  const receiver = await openReceiver(t)
  const warnings: string[] = []
  const options = { service: 'shop', endpoint: receiver.url, onWarning: (message: string) => warnings.push(message) }
  const telemetry = startTelemetry(options)
  const failure = Object.assign(new TypeError('no such order'), { code: 'E_ORDER' })
  const odd = Object.create(null)
  await assert.rejects(
    withSpan('outer', async () => {
      assert.equal(
        withSpan('sync', () => 1),
        1,
      )
      assert.equal(await withSpan('async', async () => 2), 2)
      assert.throws(
        () =>
          withSpan('odd', () => {
            throw odd
          }),
        thrown => thrown === odd,
      )
      throw failure
    }),
    failure,
  )
  assert.equal(startTelemetry(options), telemetry)
  assert.deepEqual(warnings, ['telemetry: it runs already; this call changes nothing'])
  assert.equal(await telemetry.shutdown(), true)
  assert.deepEqual(telemetry.status(), { pending: 0, sent: 4, dropped: 0 })
  const spans = spansOf(receiver.requests)
  assert.equal(receiver.requests[0]!.path, '/v1/traces')
  assert.deepEqual(
    spans.map(({ name, status }) => [name, ...status]),
    [
      ['sync', 0, ''],
      ['async', 0, ''],
      ['odd', 2, 'a thrown object'],
      ['outer', 2, 'no such order'],
    ],
  )
  const outer = spans[3]
  for (const span of spans.slice(0, 3)) assert.equal(span!.parentSpanId, outer!.spanId)
  const [event] = outer!.events
  assert.equal(event!.name, 'exception')
  assert.equal(event!.attributes['exception.type'], 'TypeError')
  assert.equal(event!.attributes['exception.message'], 'no such order')
  assert.match(String(event!.attributes['exception.stacktrace']), /^TypeError: no such order\n +at /)
  withSpan('after the end', () => 3)
  assert.equal(telemetry.status().pending, 0)
})
