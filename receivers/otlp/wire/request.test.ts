import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Signal } from '../../../pipeline/model/index.ts'
import { field, hex, requestOf, utf8 } from '../../../tests/otlp/bytes.ts'
import { MalformedRequestError } from './faults.ts'
import { decodeProtobuf } from './request.ts'

const LIMITS = { maxNesting: 4, maxRecords: 100 }
/** A log record with a severity text. */
const LOG = field(2, field(3, utf8('x')))

function decode(body: Buffer, signal: Signal = 'logs') {
  return decodeProtobuf(signal, body, LIMITS)
}

describe('resource and scope are read whole, wherever the sender puts them', () => {
  const keyValue = hex('0a 01 6b 12 02 18 07')
  const attributes = new Map([['k', 7n]])
  const nobody = { attributes: new Map(), droppedAttributesCount: 0, schemaUrl: '', entityRefs: [] }
  const nowhere = { name: '', version: '', attributes: new Map(), droppedAttributesCount: 0, schemaUrl: '' }
  const entityRef = field(3, hex('0a 01 75 12 01 74 1a 02 6b 31 1a 02 6b 32 22 01 64'))
  const entity = { schemaUrl: 'u', type: 't', idKeys: ['k1', 'k2'], descriptionKeys: ['d'] }
  const records = field(2, LOG)
  const inScope = (...fields: Buffer[]) => field(2, ...fields)

  const cases: [string, Buffer[], object, object][] = [
    ['neither', [records], nobody, nowhere],
    ['both empty', [field(1), inScope(field(1), LOG)], nobody, nowhere],
    [
      'every field of a resource, before the records',
      [field(1, field(1, keyValue), hex('10 02'), entityRef), field(3, utf8('url')), records],
      { attributes, droppedAttributesCount: 2, schemaUrl: 'url', entityRefs: [entity] },
      nowhere,
    ],
    [
      'every field of a resource, after the records',
      [records, field(3, utf8('url')), field(1, field(1, keyValue), hex('10 02'), entityRef)],
      { attributes, droppedAttributesCount: 2, schemaUrl: 'url', entityRefs: [entity] },
      nowhere,
    ],
    [
      'every field of a scope, before the records',
      [inScope(field(1, hex('0a 01 6e 12 01 76'), field(3, keyValue), hex('20 03')), field(3, utf8('url')), LOG)],
      nobody,
      { name: 'n', version: 'v', attributes, droppedAttributesCount: 3, schemaUrl: 'url' },
    ],
    [
      'every field of a scope, after the records',
      [inScope(LOG, field(3, utf8('url')), field(1, hex('0a 01 6e 12 01 76'), field(3, keyValue), hex('20 03')))],
      nobody,
      { name: 'n', version: 'v', attributes, droppedAttributesCount: 3, schemaUrl: 'url' },
    ],
    [
      'a resource and a scope in two pieces',
      [
        field(1, field(1, keyValue)),
        field(1, hex('10 02')),
        inScope(field(1, hex('0a 01 6e')), LOG, field(1, hex('12 01 76'))),
      ],
      { ...nobody, attributes, droppedAttributesCount: 2 },
      { ...nowhere, name: 'n', version: 'v' },
    ],
    [
      'unknown fields, and the groups of long ago',
      [hex('c3 3e 08 01 c4 3e'), records, hex('f8 01 01')],
      nobody,
      nowhere,
    ],
  ]
  for (const [name, fields, resource, scope] of cases) {
    test(name, () => {
      const { items, rejected } = decode(field(1, ...fields))
      assert.deepEqual(rejected, [])
      assert.equal(items.length, 1)
      assert.deepStrictEqual({ resource: items[0]!.resource, scope: items[0]!.scope }, { resource, scope })
    })
  }

  test('records keep their order, and those under one resource and scope share one object', () => {
    const text = (value: string) => field(2, field(3, utf8(value)))
    const body = Buffer.concat([
      field(1, field(2, text('a'), text('b')), field(2, text('c'))),
      field(1, field(2, text('d'))),
    ])
    const items = decodeProtobuf('logs', body, LIMITS).items
    assert.deepEqual(items.map(item => item.severityText).join(''), 'abcd')
    const [a, b, c] = items
    assert.equal(a!.resource, b!.resource)
    assert.equal(a!.scope, b!.scope)
    assert.equal(a!.resource, c!.resource)
  })
})

describe('a faulty resource or scope rejects the records under it, and no others', () => {
  const good = field(1, field(2, LOG))
  const two = field(2, LOG, LOG)
  const deep = field(1, field(2, hex('2a 12 0a 10 2a 0e 0a 0c 2a 0a 0a 08 2a 06 0a 04 2a 02 0a 00')))
  const cases: [string, Buffer, string][] = [
    ['resource attributes too deep', field(1, field(1, deep), two), 'too_deep'],
    ['the same, after the records', field(1, two, field(1, deep)), 'too_deep'],
    ['a resource that breaks off inside', field(1, field(1, hex('0a 05')), two), 'malformed'],
    ['a dropped count as text', field(1, field(1, hex('12 01 78')), two), 'malformed'],
    ['a scope name past its end', field(1, field(2, field(1, hex('0a 05')), LOG, LOG)), 'malformed'],
  ]
  for (const [name, group, reason] of cases) {
    test(name, () => {
      const { items, rejected } = decode(Buffer.concat([good, group, good]))
      assert.equal(items.length, 2)
      assert.deepEqual(
        rejected.map(record => [record.reason, Buffer.from(record.raw).toString('hex')]),
        [
          [reason, '1a0178'],
          [reason, '1a0178'],
        ],
      )
    })
  }
})

describe('broken framing around the records makes the request malformed', () => {
  const cases: [string, Buffer][] = [
    ['a byte that is no tag', hex('07')],
    ['a request that breaks off in a tag', hex('8a')],
    ['a request that breaks off in a record', requestOf(LOG).subarray(0, -1)],
    ['a length past the end', hex('0a 05 12 00')],
    ['a record past the end of its scope', field(1, field(2, hex('12 05 1a 01 78')))],
    ['a scope past the end of its resource', field(1, hex('12 05 12 00'))],
    ['a resource past the end of its group', field(1, hex('0a 05 12 00'))],
    ['resources as a number', hex('08 01')],
    ['scopes as a number', field(1, hex('10 01'))],
    ['records as a number', field(1, field(2, hex('10 01')))],
    ['a schema URL as a number', field(1, hex('18 01'))],
    ['text', utf8('{"resourceLogs":[]}')],
    ['a good record before the fault', Buffer.concat([requestOf(LOG), hex('0a 05')])],
  ]
  for (const [name, body] of cases) {
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      test(`${name}: ${signal}`, () => {
        const message = new RegExp(`not a protobuf message of OTLP ${signal}: `)
        assert.throws(() => decode(body, signal), { name: 'MalformedRequestError', message })
      })
    }
  }
  test('an empty request is sound', () => assert.deepEqual(decode(Buffer.alloc(0)), { items: [], rejected: [] }))
})

describe('a small request cannot become arbitrarily much', () => {
  const repeated = (bytes: string, times: number) => Buffer.from(bytes.replace(/\s/g, '').repeat(times), 'hex')
  const unlimited = { maxNesting: 64, maxRecords: 1_000_000_000 }

  test('as many records as the limit are taken, one more is too many, whether they are sound or not', () => {
    const limits = { maxNesting: 4, maxRecords: 7 }
    for (const signal of ['traces', 'logs'] as const) {
      const { items, rejected } = decodeProtobuf(signal, requestOf(repeated('1200', 7)), limits)
      assert.equal(items.length + rejected.length, 7)
      const body = requestOf(repeated('1200', 8))
      const message = /holds more than 7 records \(max_records\); send smaller batches/
      assert.throws(() => decodeProtobuf(signal, body, limits), { name: 'MalformedRequestError', message })
    }
    const points = (count: number) => requestOf(field(2, field(5, repeated('0a00', count))))
    assert.equal(decodeProtobuf('metrics', points(7), limits).items.length, 7)
    assert.throws(() => decodeProtobuf('metrics', points(8), limits), MalformedRequestError)
    const brokenMetrics = (count: number) => requestOf(repeated('12022a05', count))
    assert.equal(decodeProtobuf('metrics', brokenMetrics(7), limits).rejected.length, 7)
    assert.throws(() => decodeProtobuf('metrics', brokenMetrics(8), limits), MalformedRequestError)
  })

  const log = (...fields: Buffer[]) => requestOf(field(2, ...fields))
  const span = (...fields: Buffer[]) =>
    requestOf(field(2, hex('0a 10', '01'.repeat(16), '12 08', '01'.repeat(8)), ...fields))
  const point = (kind: number, ...fields: Buffer[]) => requestOf(field(2, field(kind, field(1, ...fields))))
  const bombs: [string, Signal, Buffer][] = [
    ['empty log records', 'logs', requestOf(repeated('1200', 100_000))],
    ['empty spans', 'traces', requestOf(repeated('1200', 100_000))],
    ['empty bytes values', 'logs', log(field(5, field(5, repeated('0a 02 3a 00', 100_000))))],
    ['spans of a name alone', 'traces', requestOf(repeated('12 0a 2a 08 61 61 61 61 61 61 61 61', 100_000))],
    [
      'histograms of a count alone',
      'metrics',
      requestOf(field(2, field(9, repeated('0a 09 21 01 00 00 00 00 00 00 00', 100_000)))),
    ],
    [
      'exponential histograms of a count alone',
      'metrics',
      requestOf(field(2, field(10, repeated('0a 09 21 01 00 00 00 00 00 00 00', 100_000)))),
    ],
    ['empty points', 'metrics', requestOf(field(2, field(5, repeated('0a00', 100_000))))],
    ['empty events', 'traces', span(repeated('5a00', 100_000))],
    ['empty links', 'traces', span(repeated('6a00', 100_000))],
    ['empty exemplars', 'metrics', point(5, repeated('2a00', 100_000))],
    ['empty quantiles', 'metrics', point(11, repeated('3200', 100_000))],
    ['lists of one attribute', 'logs', log(field(5, field(5, repeated('0a 04 32 02 0a 00', 100_000))))],
    ['lists in a list', 'logs', log(field(5, field(5, repeated('0a 02 2a 00', 100_000))))],
    ['entity references', 'logs', field(1, field(1, repeated('1a00', 100_000)), field(2, LOG))],
  ]
  for (const [name, signal, body] of bombs) {
    test(name, () => {
      assert.throws(() => decodeProtobuf(signal, body, unlimited), {
        name: 'MalformedRequestError',
        message: /unpacks to more than 16 times its size/,
      })
    })
  }

  test('empty resources, scopes and metrics leave nothing behind', () => {
    const nothing = { items: [], rejected: [] }
    assert.deepEqual(decodeProtobuf('logs', repeated('0a00', 100_000), unlimited), nothing)
    assert.deepEqual(decodeProtobuf('logs', field(1, repeated('1200', 100_000)), unlimited), nothing)
    assert.deepEqual(decodeProtobuf('metrics', requestOf(repeated('1200', 100_000)), unlimited), nothing)
  })

  test('lean but honest requests are far from that', () => {
    const time = '09 00 00 9a 9b 8a 7a 80 18'
    const logs = requestOf(repeated(`12 0f ${time} 2a 04 0a 02 68 69`, 100_000))
    assert.equal(decodeProtobuf('logs', logs, unlimited).items.length, 100_000)
    const times = '11 00 00 9a 9b 8a 7a 80 18 19 00 00 9a 9b 8a 7a 80 18'
    const points = repeated(
      `0a 29 3a 0c 0a 04 68 6f 73 74 12 04 0a 02 61 31 ${times} 21 00 00 00 00 00 00 f0 3f`,
      100_000,
    )
    assert.equal(decodeProtobuf('metrics', requestOf(field(2, field(5, points))), unlimited).items.length, 100_000)
  })
})

test('nothing of a decoded request refers to the request', () => {
  const bytesAttribute = field(6, utf8(''), field(2, field(7, utf8('bytes'))))
  const request = requestOf(
    field(2, field(5, field(7, utf8('bytes'))), bytesAttribute),
    field(2, hex('2a 04 0a 05 68 69')),
  )
  // With memory of its own: small buffers share a pool.
  const body = Buffer.from(new Uint8Array(request).buffer)
  const { items, rejected } = decodeProtobuf('logs', body, LIMITS)
  for (const bytes of [items[0]?.body, items[0]?.attributes.get(''), rejected[0]?.raw]) {
    assert.ok(bytes instanceof Uint8Array)
    assert.notEqual(bytes.buffer, body.buffer)
  }
})
