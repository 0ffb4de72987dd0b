import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import protobuf from 'protobufjs'
import type { Signal } from '../../../pipeline/model/index.ts'
import { hex, utf8 } from '../../../tests/otlp/bytes.ts'
import { responseType } from '../../../tests/otlp/requests.ts'
import { encodeExportResponse, encodeGrpcStatusDetails, encodeHttpStatus } from './responses.ts'

describe('a response says what was not taken, in the field of its signal', () => {
  const cases: [Signal, string][] = [
    ['traces', 'rejectedSpans'],
    ['metrics', 'rejectedDataPoints'],
    ['logs', 'rejectedLogRecords'],
  ]
  for (const [signal, name] of cases) {
    const read = (bytes: Buffer) => responseType(signal).toObject(responseType(signal).decode(bytes), { longs: String })

    test(`${signal}: all taken`, () => {
      assert.deepEqual(encodeExportResponse(signal, 'protobuf', 0, ''), Buffer.alloc(0))
      assert.deepEqual(encodeExportResponse(signal, 'json', 0, ''), utf8('{}'))
    })

    test(`${signal}: some rejected`, () => {
      const bytes = encodeExportResponse(signal, 'protobuf', 300, 'too deep')
      assert.deepEqual(bytes, hex('0a 0d 08 ac 02 12 08', utf8('too deep').toString('hex')))
      const partialSuccess = { [name]: '300', errorMessage: 'too deep' }
      assert.deepEqual(read(bytes), { partialSuccess })
      assert.deepEqual(JSON.parse(encodeExportResponse(signal, 'json', 300, 'too deep').toString()), { partialSuccess })
    })

    test(`${signal}: all taken, with a warning`, () => {
      const partialSuccess = { errorMessage: 'ü' }
      assert.deepEqual(encodeExportResponse(signal, 'protobuf', 0, 'ü'), hex('0a 04 12 02 c3 bc'))
      assert.deepEqual(JSON.parse(encodeExportResponse(signal, 'json', 0, 'ü').toString()), { partialSuccess })
    })

    test(`${signal}: more than 32 bits can count, and a message longer than 127 bytes`, () => {
      const message = 'm'.repeat(300)
      const bytes = encodeExportResponse(signal, 'protobuf', 2 ** 40, message)
      assert.deepEqual(read(bytes), { partialSuccess: { [name]: '1099511627776', errorMessage: message } })
    })
  }
})

test('the body of an HTTP error is a google.rpc.Status', () => {
  assert.deepEqual(encodeHttpStatus('protobuf', 3, 'bad'), hex('08 03 12 03 62 61 64'))
  assert.deepEqual(JSON.parse(encodeHttpStatus('json', 3, 'bad').toString()), { code: 3, message: 'bad' })
})

describe('grpc-status-details-bin is a google.rpc.Status with the RetryInfo that says how long to wait', () => {
  const { root } = protobuf.parse(`
    syntax = "proto3";
    message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
    message Any { string type_url = 1; bytes value = 2; }
    message RetryInfo { Duration retry_delay = 1; }
    message Duration { int64 seconds = 1; int32 nanos = 2; }`)
  const cases: [number, { seconds?: number; nanos?: number }][] = [
    [1000, { seconds: 1 }],
    [1500, { seconds: 1, nanos: 500_000_000 }],
    [250, { nanos: 250_000_000 }],
    [0, {}],
    [3_600_000, { seconds: 3600 }],
  ]
  for (const [retryAfterMs, retryDelay] of cases) {
    test(`${retryAfterMs} ms`, () => {
      const bytes = encodeGrpcStatusDetails(8, 'full', retryAfterMs)
      const status = root.lookupType('Status').toObject(root.lookupType('Status').decode(bytes))
      const [detail] = status.details
      assert.deepEqual({ code: status.code, message: status.message }, { code: 8, message: 'full' })
      assert.equal(detail.typeUrl, 'type.googleapis.com/google.rpc.RetryInfo')
      const retryInfo = root.lookupType('RetryInfo')
      assert.deepEqual(retryInfo.toObject(retryInfo.decode(detail.value), { longs: Number }), { retryDelay })
    })
  }

  test('to the byte', () => {
    const url = utf8('type.googleapis.com/google.rpc.RetryInfo').toString('hex')
    const expected = hex('08 08 12 04 66 75 6c 6c 1a 30 0a 28', url, '12 04 0a 02 08 01')
    assert.deepEqual(encodeGrpcStatusDetails(8, 'full', 1000), expected)
  })
})
