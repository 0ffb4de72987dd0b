import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LogRecord } from '../../../pipeline/model/index.ts'
import { field, hex, requestOf, utf8 } from '../../../tests/otlp/bytes.ts'
import { decodeProtobuf } from './request.ts'

const LIMITS = { maxNesting: 4, maxRecords: 100 }

function decode(...records: Buffer[]) {
  return decodeProtobuf('logs', requestOf(...records.map(record => field(2, record))), LIMITS)
}

const EMPTY: Omit<LogRecord, 'resource' | 'scope'> = {
  timeUnixNano: 0n,
  observedTimeUnixNano: 0n,
  severityNumber: 0,
  severityText: '',
  body: null,
  attributes: new Map(),
  droppedAttributesCount: 0,
  flags: 0,
  traceId: '',
  spanId: '',
  eventName: '',
}

describe('every field of a LogRecord is read from the number that logs.proto gives it', () => {
  const cases: [string, string, Partial<LogRecord>][] = [
    ['nothing', '', {}],
    ['time_unix_nano = 1', '09 01 00 00 00 00 00 00 00', { timeUnixNano: 1n }],
    ['severity_number = 2', '10 11', { severityNumber: 17 }],
    ['severity_text = 3', '1a 05 45 52 52 4f 52', { severityText: 'ERROR' }],
    ['text body = 5', '2a 04 0a 02 68 69', { body: 'hi' }],
    ['structured body', '2a 0b 32 09 0a 07 0a 01 61 12 02 18 01', { body: new Map([['a', 1n]]) }],
    ['bytes body', '2a 03 3a 01 ff', { body: new Uint8Array([255]) }],
    ['a body with nothing in it', '2a 00', { body: null }],
    ['attributes = 6', '32 07 0a 01 6b 12 02 18 07', { attributes: new Map([['k', 7n]]) }],
    ['dropped_attributes_count = 7', '38 02', { droppedAttributesCount: 2 }],
    ['flags = 8', '45 01 00 00 80', { flags: 0x8000_0001 }],
    ['trace_id = 9', '4a 10 5b8efff798038103d269b633813fc60c', { traceId: '5b8efff798038103d269b633813fc60c' }],
    ['span_id = 10', '52 08 eee19b7ec3c1b174', { spanId: 'eee19b7ec3c1b174' }],
    ['observed_time_unix_nano = 11', '59 02 00 00 00 00 00 00 00', { observedTimeUnixNano: 2n }],
    ['event_name = 12', '62 03 61 2e 62', { eventName: 'a.b' }],
    ['the name of old versions (4) is passed over', '22 01 78', {}],
    ['ids of zeroes are none', `4a 10 ${'00'.repeat(16)} 52 08 ${'00'.repeat(8)}`, {}],
    [
      'ids of the wrong length are none, as the specification says',
      '4a 02 01 02 52 03 01 02 03 10 01',
      { severityNumber: 1 },
    ],
  ]
  for (const [name, bytes, expected] of cases) {
    test(name, () => {
      const { items, rejected } = decode(hex(bytes))
      assert.deepEqual(rejected, [])
      const [{ resource, scope, ...record }] = items as [LogRecord]
      assert.deepStrictEqual(record, { ...EMPTY, ...expected })
    })
  }
})

describe('a log record at fault is rejected with its bytes, its neighbours stand', () => {
  const cases: [string, string, string][] = [
    ['a body past its end', '2a 04 0a 05 68 69', 'malformed'],
    ['a body as a number', '28 01', 'malformed'],
    ['a time past 2262', `09 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['an observed time past 2262', `59 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a body too deep', '2a 14 2a 12 0a 10 2a 0e 0a 0c 2a 0a 0a 08 2a 06 0a 04 2a 02 0a 00', 'too_deep'],
    ['a varint that never ends', '10 ff ff ff ff ff ff ff ff ff ff 01', 'malformed'],
  ]
  for (const [name, bytes, reason] of cases) {
    test(name, () => {
      const good = (text: string) => field(3, utf8(text))
      const { items, rejected } = decode(good('before'), hex(bytes), good('after'))
      assert.deepEqual(
        items.map(item => item.severityText),
        ['before', 'after'],
      )
      assert.deepEqual(
        rejected.map(record => [record.reason, Buffer.from(record.raw).toString('hex')]),
        [[reason, hex(bytes).toString('hex')]],
      )
      assert.match(rejected[0]!.message, /^log record: /)
    })
  }
})
