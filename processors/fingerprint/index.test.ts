import assert from 'node:assert/strict'
import { test } from 'node:test'
import { earlierErrorId, earlierLogId } from '../../analysis/earlier/index.ts'
import type { Batch, BatchOf, Fingerprint, Signal, Span } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { readRecord } from '../../tests/contract/read-records.ts'
import { fingerprint } from './index.ts'

testComponent(fingerprint)

async function recognised(signal: Signal, records: readonly object[]): Promise<(Fingerprint | undefined)[]> {
  const items = records.map(record => readRecord(signal, record))
  const account = { receiver: 'otlp', received: items.length, dropped: new Map(), rejected: [] }
  const batch = { id: 'x', signal, items, bytes: 1, account } as BatchOf<'logs'> // readRecord makes items of the signal
  let output: Batch | undefined
  const next = async (batch: Batch) => {
    output = batch
  }
  const component = fingerprint.create({}, next, testContext('fingerprint'))
  await component.consume!(batch, new AbortController().signal)
  return (output as BatchOf<'logs'>).items.map(item => item.fingerprint) // the same signal comes out
}

test('lines that differ in their variable parts alone are one problem, others are not', async () => {
  const [a, b, c] = await recognised('logs', [
    { body: 'charge 8812 of 49.90 EUR failed after 1200 ms' },
    { body: 'charge 7 of 3.00 EUR failed after 90 ms' },
    { body: 'refund 8812 of 49.90 EUR failed after 1200 ms' },
  ])
  assert.equal(a?.id, b?.id)
  assert.notEqual(a?.id, c?.id)
  assert.equal(a?.kind, 'log')
  assert.ok(!a?.template.includes('8812'), a?.template)
})

test('a structured body is recognised by its message', async () => {
  const [structured, plain] = await recognised('logs', [
    { body: { msg: 'cache miss for key 17', took_ms: '3' } },
    { body: 'cache miss for key 99' },
  ])
  assert.equal(structured?.id, plain?.id)
})

test('what a body holds is its text, of whatever type: no two problems are one because neither is a string', async () => {
  const found = await recognised('logs', [
    { body: { MESSAGE: 'Out of memory: Killed process 4711 (postgres)', PRIORITY: '3' } },
    { body: { MESSAGE: 'Failed password for root from 10.0.0.1 port 22', PRIORITY: '6' } },
    { body: { error: { type: 'TypeError', message: 'x is undefined' }, log: 'request failed' } },
    { body: { error: { type: 'DatabaseError', message: 'deadlock detected' }, log: 'request failed' } },
    { body: ['pool exhausted'] },
    { body: { depth: 3, open: false } },
    { body: 17.5 },
  ])
  assert.equal(new Set(found.map(one => one?.id)).size, found.length)
  assert.equal(found[0]?.template, 'Out of memory: Killed process <num> (postgres)')
  assert.match(found[4]?.template ?? '', /pool exhausted/)
  assert.ok(found.every(one => one?.template !== ''))
})

test('the name of an event is what it is to the last digit; a message that reads like it is another thing', async () => {
  const names = ['checkout.step1', 'checkout.step2', 'event src/main.rs:29']
  const found = await recognised('logs', [...names.map(eventName => ({ eventName })), { body: 'checkout.step1' }])
  assert.equal(new Set(found.map(one => one?.id)).size, 4)
  assert.deepEqual(
    found.slice(0, 3).map(one => one?.template),
    names,
  )
})

test('what had another id before carries it: every error, and one record a batch of what is told more often', async () => {
  const quoted = { body: 'audit outcome="failure" user="ana"' }
  const found = await recognised('logs', [
    { ...quoted, severityNumber: 17 },
    { ...quoted, severityNumber: 17 },
    { body: 'audit outcome="success" user="bo"', severityNumber: 9 },
    { body: 'audit outcome="success" user="cy"', severityNumber: 9 },
    { body: 'took 17 ms', severityNumber: 17 },
    { severityNumber: 17, attributes: { 'exception.type': 'TypeError', 'exception.message': 'x' } },
  ])
  const before = earlierLogId(quoted.body)
  assert.deepEqual(
    found.slice(0, 5).map(one => one?.previous),
    [before, before, before, undefined, undefined],
  )
  assert.equal(found[5]?.previous, earlierErrorId({ type: 'TypeError', message: 'x', stack: '' }))
})

test('a log call that moves within its file is the same problem', async () => {
  const [a, b, c] = await recognised('logs', [
    { body: 'error in foo/bar.py:99' },
    { body: 'error in foo/bar.py:100' },
    { body: 'error in foo/other.py:99' },
  ])
  assert.equal(a?.id, b?.id)
  assert.notEqual(a?.id, c?.id)
})

const stack = (host: string, line: number) =>
  `PaymentError: card 4711 declined\n    at charge (/home/${host}/app/src/charge.js:${line}:11)\n    at pay (/home/${host}/app/src/pay.js:${line + 3}:5)`
const exception = (host: string, line: number) => ({
  'exception.type': 'PaymentError',
  'exception.message': `card ${line} declined`,
  'exception.stacktrace': stack(host, line),
})

test('one error is one problem wherever it is reported: as a log record, on a span, by another machine and build', async () => {
  const [log, other] = await recognised('logs', [
    { body: 'payment failed', severityNumber: 17, attributes: exception('ci', 10) },
    { body: 'something else was logged', severityNumber: 17, attributes: exception('prod', 99) },
  ])
  const [span, calm] = await recognised('traces', [
    { name: 'POST /pay', events: [{ name: 'retry' }, { name: 'exception', attributes: exception('laptop', 55) }] },
    { name: 'POST /pay' },
  ])
  assert.equal(log?.kind, 'error')
  assert.equal(log?.id, other?.id)
  assert.equal(log?.id, span?.id)
  assert.match(log?.template ?? '', /PaymentError.*charge/)
  assert.equal(calm, undefined)
})

test('a failed span without an exception is a problem by what it says; a caller that only repeats a status is none', async () => {
  const failed = (name: string, statusMessage: string, rest: object = {}) => ({
    name,
    statusCode: 2,
    statusMessage,
    ...rest,
  })
  const [a, b, other, elsewhere, caller, typed] = await recognised('traces', [
    failed('POST /pay', 'card 4711 was declined'),
    failed('POST /pay', 'card 12 was declined'),
    failed('POST /pay', 'no such order'),
    failed('POST /refund', 'card 12 was declined'),
    failed('POST', '', { kind: 3, attributes: { 'error.type': '500' } }),
    failed('GET /cart', '', { kind: 2, attributes: { 'error.type': 'timeout' } }),
  ])
  assert.equal(a?.id, b?.id)
  assert.equal(new Set([a?.id, other?.id, elsewhere?.id, typed?.id]).size, 4)
  assert.equal(a?.kind, 'error')
  assert.equal(caller, undefined)
})

test('every log record has a fingerprint, an empty one too, and ids fit a signed 64-bit column', async () => {
  const found = await recognised('logs', [
    {},
    { body: '' },
    { eventName: 'cache.flushed' },
    { body: 'x'.repeat(100_000) },
  ])
  for (const one of found) assert.ok(one !== undefined && BigInt.asIntN(64, one.id) === one.id)
})

test('each exception of a span that is an error of its own is a problem, and one that is told twice is one', async () => {
  const told = (attributes: object) => ({ name: 'exception', attributes })
  const declined = exception('shop', 10)
  const timeout = { 'exception.type': 'TimeoutError', 'exception.message': 'no answer from bank-b in 3000 ms' }
  const [retried, calm] = await recognisedSpans([
    {
      name: 'POST /pay',
      events: [told(declined), { name: 'retry' }, told(timeout), told(exception('shop', 77)), told({})],
    },
    { name: 'POST /pay', events: [told(timeout), told(timeout)] },
  ])
  assert.equal(retried?.fingerprint?.template.includes('PaymentError'), true)
  assert.deepEqual(
    retried?.otherProblems?.map(({ fingerprint, event }) => [fingerprint.id, event]),
    [[calm?.fingerprint?.id, 2]],
  )
  assert.equal(calm?.otherProblems, undefined)
})

test('a span of a thousand different exceptions is some problems, not a thousand', async () => {
  const events = Array.from({ length: 1_000 }, (_, i) => ({
    name: 'exception',
    attributes: {
      'exception.type': `Error${'abcdefghijklmnopqrstuvwxyz'[i % 26]}${'abcdefghijklmnopqrstuvwxyz'[Math.floor(i / 26) % 26]}x${'abcdefghijklmnopqrstuvwxyz'[Math.floor(i / 676)]}`,
    },
  }))
  const [span] = await recognisedSpans([{ name: 'storm', events }])
  assert.equal(span?.otherProblems?.length, 16)
})

async function recognisedSpans(spans: readonly object[]): Promise<Span[]> {
  const items = spans.map(span => readRecord('traces', span))
  const account = { receiver: 'otlp', received: items.length, dropped: new Map(), rejected: [] }
  let output: Batch | undefined
  const next = async (batch: Batch) => {
    output = batch
  }
  const component = fingerprint.create({}, next, testContext('fingerprint'))
  await component.consume!({ id: 'x', signal: 'traces', items, bytes: 1, account }, new AbortController().signal)
  return [...(output as BatchOf<'traces'>).items] // the same signal comes out
}
