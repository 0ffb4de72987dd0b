import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Span } from '../../../pipeline/model/index.ts'
import { field, hex, requestOf, utf8 } from '../../../tests/otlp/bytes.ts'
import { decodeProtobuf } from './request.ts'

const LIMITS = { maxNesting: 4, maxRecords: 100 }
const IDS = hex('0a 10 5b8efff798038103d269b633813fc60c', '12 08 eee19b7ec3c1b174')

function decode(...spans: Buffer[]) {
  return decodeProtobuf('traces', requestOf(...spans.map(span => field(2, span))), LIMITS)
}

const BARE: Omit<Span, 'resource' | 'scope'> = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  parentSpanId: '',
  traceState: '',
  flags: 0,
  name: '',
  kind: 0,
  startTimeUnixNano: 0n,
  endTimeUnixNano: 0n,
  attributes: new Map(),
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  statusCode: 0,
  statusMessage: '',
}

describe('every field of a Span is read from the number that trace.proto gives it', () => {
  const keyValue = '0a 01 6b 12 02 18 07' // k = 7
  const k7 = new Map([['k', 7n]])
  const cases: [string, string, Partial<Span>][] = [
    ['nothing but ids', '', {}],
    ['trace_state = 3', '1a 03 61 3d 62', { traceState: 'a=b' }],
    ['parent_span_id = 4', '22 08 0102030405060708', { parentSpanId: '0102030405060708' }],
    ['a parent of zeroes is none', '22 08 0000000000000000', { parentSpanId: '' }],
    ['name = 5', '2a 03 47 45 54', { name: 'GET' }],
    ['kind = 6', '30 02', { kind: 2 }],
    ['a kind of the future', '30 2a', { kind: 42 }],
    ['start_time_unix_nano = 7', '39 01 00 00 00 00 00 00 01', { startTimeUnixNano: 0x0100000000000001n }],
    ['end_time_unix_nano = 8', '41 02 00 00 00 00 00 00 00', { endTimeUnixNano: 2n }],
    ['attributes = 9', `4a 07 ${keyValue}`, { attributes: k7 }],
    ['dropped_attributes_count = 10', '50 03', { droppedAttributesCount: 3 }],
    [
      'events = 11',
      `5a 14 09 05 00 00 00 00 00 00 00 12 00 1a 07 ${keyValue}`,
      { events: [{ timeUnixNano: 5n, name: '', attributes: k7, droppedAttributesCount: 0 }] },
    ],
    [
      'the other fields of an event, twice',
      '5a 05 12 01 65 20 09 5a 00',
      {
        events: [
          { timeUnixNano: 0n, name: 'e', attributes: new Map(), droppedAttributesCount: 9 },
          { timeUnixNano: 0n, name: '', attributes: new Map(), droppedAttributesCount: 0 },
        ],
      },
    ],
    ['dropped_events_count = 12', '60 04', { droppedEventsCount: 4 }],
    [
      'links = 13',
      `6a 2f 0a 10 000102030405060708090a0b0c0d0e0f 12 08 0807060504030201 1a 01 73 22 07 ${keyValue} 28 02 35 01 03 00 00`,
      {
        links: [
          {
            traceId: '000102030405060708090a0b0c0d0e0f',
            spanId: '0807060504030201',
            traceState: 's',
            attributes: k7,
            droppedAttributesCount: 2,
            flags: 0x301,
          },
        ],
      },
    ],
    [
      'a link without ids',
      '6a 00',
      {
        links: [
          { traceId: '', spanId: '', traceState: '', attributes: new Map(), droppedAttributesCount: 0, flags: 0 },
        ],
      },
    ],
    ['dropped_links_count = 14', '70 05', { droppedLinksCount: 5 }],
    ['status = 15', '7a 05 12 01 6e 18 02', { statusCode: 2, statusMessage: 'n' }],
    ['a status in two pieces', '7a 03 12 01 6e 7a 02 18 02', { statusCode: 2, statusMessage: 'n' }],
    ['flags = 16', '85 01 01 03 00 00', { flags: 0x301 }],
    ['unknown fields around', 'a8 06 01 2a 01 78 ab 06 08 01 ac 06', { name: 'x' }],
  ]
  for (const [name, bytes, expected] of cases) {
    test(name, () => {
      const { items, rejected } = decode(Buffer.concat([IDS, hex(bytes)]))
      assert.deepEqual(rejected, [])
      const [{ resource, scope, ...span }] = items as [Span]
      assert.deepStrictEqual(span, { ...BARE, ...expected })
    })
  }
})

describe('a span at fault is rejected with its bytes, its neighbours stand', () => {
  const cases: [string, Buffer, string, RegExp][] = [
    ['no ids', hex('2a 01 78'), 'malformed', /span: a span needs a trace id/],
    ['no span id', hex('0a 10 5b8efff798038103d269b633813fc60c'), 'malformed', /needs a span id/],
    ['no trace id', hex('12 08 eee19b7ec3c1b174'), 'malformed', /needs a trace id/],
    ['a trace id of zeroes', Buffer.concat([IDS, hex('0a 10', '00'.repeat(16))]), 'malformed', /needs a trace id/],
    ['a span id of zeroes', Buffer.concat([IDS, hex('12 08', '00'.repeat(8))]), 'malformed', /needs a span id/],
    ['a trace id of 15 bytes', hex('0a 0f', '01'.repeat(15)), 'malformed', /must be 16 bytes/],
    ['a parent id of 7 bytes', Buffer.concat([IDS, hex('22 07', '01'.repeat(7))]), 'malformed', /must be 8 bytes/],
    ['a link id of 17 bytes', Buffer.concat([IDS, hex('6a 13 0a 11', '01'.repeat(17))]), 'malformed', /16 bytes/],
    ['a name past its end', Buffer.concat([IDS, hex('2a 7f 78')]), 'malformed', /past the end/],
    ['a name as a number', Buffer.concat([IDS, hex('28 01')]), 'malformed', /wrong wire type/],
    ['attributes as a number', Buffer.concat([IDS, hex('48 01')]), 'malformed', /wrong wire type/],
    ['an attribute past its span', Buffer.concat([IDS, hex('4a 05 0a 01 6b')]), 'malformed', /past the end/],
    [
      'an attribute value past its attribute',
      Buffer.concat([IDS, hex('4a 04 12 7f 0a 00')]),
      'malformed',
      /past the end/,
    ],
    ['a start past 2262', Buffer.concat([IDS, hex('39', 'ff'.repeat(8))]), 'out_of_range', /past the year 2262/],
    ['an end past 2262', Buffer.concat([IDS, hex('41 00 00 00 00 00 00 00 80')]), 'out_of_range', /2262/],
    ['an event past 2262', Buffer.concat([IDS, hex('5a 09 09', 'ff'.repeat(8))]), 'out_of_range', /2262/],
    [
      'a value too deep',
      Buffer.concat([IDS, field(9, field(2, hex('2a 12 0a 10 2a 0e 0a 0c 2a 0a 0a 08 2a 06 0a 04 2a 02 0a 00')))]),
      'too_deep',
      /deeper/,
    ],
  ]
  for (const [name, span, reason, message] of cases) {
    test(name, () => {
      const good = (text: string) => Buffer.concat([IDS, field(5, utf8(text))])
      const { items, rejected } = decode(good('before'), span, good('after'))
      assert.deepEqual(
        items.map(item => item.name),
        ['before', 'after'],
      )
      assert.equal(rejected.length, 1)
      const [record] = rejected
      assert.equal(record!.reason, reason)
      assert.match(record!.message, message)
      assert.equal(record!.contentType, 'application/x-protobuf')
      assert.deepEqual(record!.raw, span)
    })
  }
})
