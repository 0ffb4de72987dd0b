import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import fc from 'fast-check'
import type { Signal } from '../../pipeline/model/index.ts'
import { CORPUS } from '../../tests/otlp/corpus.ts'
import { realisticRequest } from '../../tests/otlp/realistic.ts'
import { encodeRequest, responseType } from '../../tests/otlp/requests.ts'
import { type RunningReceiver, runReceiver } from './testing/running-receiver.ts'

const PROTOBUF = 'application/x-protobuf'
const PATHS: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}
const REJECTED: Record<Signal, string> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
}
/** A request that is not answered by then hangs. */
const ANSWER_LIMIT_MS = 10_000

interface Answer {
  readonly status: number
  readonly rejected: number
}

async function postTo(
  receiver: RunningReceiver,
  signal: Signal,
  body: Buffer,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(`http://${receiver.http}/v1/${signal}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  if (!response.ok) return { status: response.status, rejected: 0 }
  const isJson = response.headers.get('content-type') === 'application/json'
  const answer = isJson ? JSON.parse(bytes.toString()) : responseType(signal).decode(bytes).toJSON()
  return { status: response.status, rejected: Number(answer.partialSuccess?.[REJECTED[signal]] ?? 0) }
}

function caller(receiver: RunningReceiver) {
  const client = new grpc.Client(receiver.grpc, grpc.credentials.createInsecure(), { 'grpc.enable_retries': 0 })
  const asIs = (bytes: Buffer) => bytes
  return {
    close: () => client.close(),
    call: (signal: Signal, body: Buffer) =>
      new Promise<{ code: grpc.status; rejected: number }>(resolve => {
        const deadline = new Date(Date.now() + ANSWER_LIMIT_MS)
        client.makeUnaryRequest(PATHS[signal], asIs, asIs, body, new grpc.Metadata(), { deadline }, (error, answer) => {
          const success = answer === undefined ? undefined : responseType(signal).decode(answer).toJSON().partialSuccess
          resolve({ code: error?.code ?? grpc.status.OK, rejected: Number(success?.[REJECTED[signal]] ?? 0) })
        })
      }),
  }
}

test('every case of the corpus has its status over HTTP, and its good records are taken', async t => {
  const receiver = await runReceiver(t)
  for (const { name, signal, contentType, contentEncoding, body, status, stored, rejected } of CORPUS) {
    const before = receiver.taken.length
    const headers = {
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
    }
    const answer = await postTo(receiver, signal, body, headers)
    const items = receiver.taken.slice(before).reduce((sum, batch) => sum + batch.items.length, 0)
    assert.deepEqual({ ...answer, stored: items }, { status, rejected, stored }, name)
  }
  assert.equal(receiver.admission.heldBytes, 0)
})

test('every protobuf case of the corpus has its status over gRPC, and its good records are taken', async t => {
  const receiver = await runReceiver(t)
  const { call, close } = caller(receiver)
  t.after(close)
  const cases = CORPUS.filter(one => one.contentType === PROTOBUF && one.contentEncoding === undefined)
  assert.ok(cases.length > 30)
  for (const { name, signal, body, status, stored, rejected } of cases) {
    const before = receiver.taken.length
    const answer = await call(signal, body)
    const items = receiver.taken.slice(before).reduce((sum, batch) => sum + batch.items.length, 0)
    const code = status === 200 ? grpc.status.OK : grpc.status.INVALID_ARGUMENT
    assert.deepEqual({ ...answer, stored: items }, { code, rejected, stored }, name)
  }
  assert.equal(receiver.admission.heldBytes, 0)
})

test('whatever bytes are sent, both endpoints answer with a proper status, keep nothing, and go on', async t => {
  const receiver = await runReceiver(t)
  const { call, close } = caller(receiver)
  t.after(close)
  const signal = fc.constantFrom<Signal>('traces', 'metrics', 'logs')
  const good = { traces: request('traces'), metrics: request('metrics'), logs: request('logs') }
  const damaged = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255), cut: fc.boolean() })
  const type = fc.constantFrom(PROTOBUF, 'application/json')
  await fc.assert(
    fc.asyncProperty(
      signal,
      type,
      fc.option(fc.uint8Array({ maxLength: 300 })),
      damaged,
      async (signal, type, random, { at, byte, cut }) => {
        const body = random === null ? damage(good[signal], at, byte, cut) : Buffer.from(random)
        const { status } = await postTo(receiver, signal, body, { 'content-type': type })
        assert.ok(status === 200 || status === 400, String(status))
        const { code } = await call(signal, body)
        assert.ok(code === grpc.status.OK || code === grpc.status.INVALID_ARGUMENT, grpc.status[code])
        assert.equal(receiver.admission.heldBytes, 0)
      },
    ),
    { numRuns: 300 },
  )
  assert.equal((await postTo(receiver, 'logs', good.logs, { 'content-type': PROTOBUF })).status, 200)
})

function request(signal: Signal): Buffer {
  return encodeRequest(signal, realisticRequest(signal, 5, 1))
}

function damage(body: Buffer, at: number, byte: number, cut: boolean): Buffer {
  const offset = Math.min(body.length - 1, Math.floor(at * body.length))
  if (cut) return body.subarray(0, offset)
  const copy = Buffer.from(body)
  copy[offset] = byte
  return copy
}
