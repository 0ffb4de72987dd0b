import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Signal } from '../../../../pipeline/model/index.ts'
import { decodeJson } from './request.ts'

const LIMITS = { maxNesting: 4, maxRecords: 100 }
const IDS = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }

function decode<S extends Signal>(signal: S, request: unknown) {
  return decodeJson(signal, Buffer.from(typeof request === 'string' ? request : JSON.stringify(request)), LIMITS)
}
const traces = (...spans: unknown[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
const logs = (...logRecords: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
const metrics = (...list: unknown[]) => ({ resourceMetrics: [{ scopeMetrics: [{ metrics: list }] }] })

/** A value with `levels` lists around a text. */
function nested(levels: number): unknown {
  let value: unknown = { stringValue: 'x' }
  for (let i = 0; i < levels; i++)
    value = i % 2 ? { arrayValue: { values: [value] } } : { kvlistValue: { values: [{ key: 'k', value }] } }
  return value
}

describe('each kind of AnyValue becomes the JavaScript type that the model says', () => {
  const cases: [string, unknown, unknown][] = [
    ['absent', undefined, null],
    ['null', null, null],
    ['empty', {}, null],
    ['stringValue', { stringValue: '' }, ''],
    ['boolValue', { boolValue: false }, false],
    ['intValue as text', { intValue: '9007199254740993' }, 9007199254740993n],
    ['intValue as a number', { intValue: 7 }, 7n],
    ['doubleValue', { doubleValue: 7 }, 7],
    ['doubleValue NaN', { doubleValue: 'NaN' }, Number.NaN],
    ['bytesValue', { bytesValue: 'AP8=' }, new Uint8Array([0, 255])],
    ['arrayValue', { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'a' }, {}] } }, [1n, 'a', null]],
    ['empty arrayValue', { arrayValue: {} }, []],
    ['kvlistValue', { kvlistValue: { values: [{ key: 'k', value: { boolValue: true } }] } }, new Map([['k', true]])],
    ['empty kvlistValue', { kvlistValue: {} }, new Map()],
    [
      'the names of the .proto file',
      { kvlist_value: { values: [{ key: 'k', value: { int_value: '1' } }] } },
      new Map([['k', 1n]]),
    ],
    ['members that are null', { intValue: null, stringValue: 'x', boolValue: null }, 'x'],
    ['unknown members', { stringValueStrindex: 3, other: {} }, null],
  ]
  for (const [name, body, expected] of cases) {
    test(name, () => {
      const { items, rejected } = decode('logs', logs({ body }))
      assert.deepEqual(rejected, [])
      assert.deepStrictEqual(items[0]?.body, expected)
    })
  }
})

test('64-bit integers as JSON numbers keep their last digits', () => {
  const text = JSON.stringify(logs({ timeUnixNano: '@', body: { intValue: '@' } })).replaceAll(
    '"@"',
    '1767225600000000001',
  )
  const [record] = decode('logs', text).items
  assert.equal(record?.timeUnixNano, 1767225600000000001n)
  assert.equal(record?.body, 1767225600000000001n)
})

test('of equal keys the last one stands, as on the wire', () => {
  const attribute = (intValue: number) => ({ key: 'k', value: { intValue } })
  const [record] = decode('logs', logs({ attributes: [attribute(1), attribute(2)] })).items
  assert.deepStrictEqual(record?.attributes, new Map([['k', 2n]]))
})

describe('a record at fault is rejected with its text, its neighbours stand', () => {
  const cases: [string, Signal, unknown, string, RegExp][] = [
    ['a span without ids', 'traces', traces(IDS, { name: 'x' }, IDS), 'malformed', /span: a span needs a trace id/],
    ['a span that is text', 'traces', traces(IDS, 'x', IDS), 'malformed', /wrong JSON type/],
    ['a span that is null', 'traces', traces(IDS, null, IDS), 'malformed', /wrong JSON type/],
    [
      'a span id in base64',
      'traces',
      traces(IDS, { ...IDS, spanId: 'q82rze8SNFY=' }, IDS),
      'malformed',
      /span id must be/,
    ],
    ['a kind of unknown name', 'traces', traces(IDS, { ...IDS, kind: 'SERVER' }, IDS), 'malformed', /unknown name/],
    [
      'an end past 2262',
      'traces',
      traces(IDS, { ...IDS, endTimeUnixNano: '9223372036854775808' }, IDS),
      'out_of_range',
      /2262/,
    ],
    ['links that are no list', 'traces', traces(IDS, { ...IDS, links: {} }, IDS), 'malformed', /wrong JSON type/],
    [
      'a body with two values',
      'logs',
      logs({}, { body: { stringValue: 'a', intValue: 1 } }, {}),
      'malformed',
      /more than one way/,
    ],
    ['a body too deep', 'logs', logs({}, { body: nested(5) }, {}), 'too_deep', /deeper/],
    [
      'an attribute too deep',
      'logs',
      logs({}, { attributes: [{ key: 'k', value: nested(100) }] }, {}),
      'too_deep',
      /deeper/,
    ],
    ['attributes as an object', 'logs', logs({}, { attributes: { k: 'v' } }, {}), 'malformed', /wrong JSON type/],
    ['an attribute that is text', 'logs', logs({}, { attributes: ['x'] }, {}), 'malformed', /wrong JSON type/],
    ['a negative severity in words', 'logs', logs({}, { severityNumber: 'LOW' }, {}), 'malformed', /unknown name/],
  ]
  for (const [name, signal, request, reason, message] of cases) {
    test(name, () => {
      const { items, rejected } = decode(signal, request)
      assert.equal(items.length, 2)
      assert.equal(rejected.length, 1)
      const { raw, ...record } = rejected[0]!
      assert.deepEqual(
        { reason: record.reason, contentType: record.contentType },
        { reason, contentType: 'application/json' },
      )
      assert.match(record.message, message)
      assert.ok(JSON.stringify(request).includes(Buffer.from(raw).toString()), 'raw is the text of the record')
    })
  }

  test('values nested up to the limit are taken', () => {
    assert.equal(decode('logs', logs({ body: nested(4) })).items.length, 1)
  })
})

describe('points at fault, alone or by what they share', () => {
  const point = { asInt: '1' }
  const cases: [string, unknown, number, string[]][] = [
    ['one bad point', { gauge: { dataPoints: [point, { asInt: 'x' }, point] } }, 2, ['malformed']],
    ['two values', { gauge: { dataPoints: [{ asInt: 1, asDouble: 1 }] } }, 0, ['malformed']],
    ['a count past int64', { histogram: { dataPoints: [{ count: '9223372036854775808' }] } }, 0, ['out_of_range']],
    ['a bucket below 0', { histogram: { dataPoints: [{ bucketCounts: [-1] }] } }, 0, ['malformed']],
    ['a quantile that is null', { summary: { dataPoints: [{ quantileValues: [null] }] } }, 0, ['malformed']],
    ['a bad exemplar', { sum: { dataPoints: [{ exemplars: [{ spanId: 'x' }] }, point] } }, 1, ['malformed']],
    ['a name that is a number', { name: 5, sum: { dataPoints: [point, point] } }, 0, ['malformed', 'malformed']],
    ['metadata too deep', { metadata: [{ value: nested(5) }], gauge: { dataPoints: [point] } }, 0, ['too_deep']],
    ['a temporality of unknown name', { sum: { aggregationTemporality: 'X', dataPoints: [point] } }, 0, ['malformed']],
    [
      'two kinds of data',
      { gauge: { dataPoints: [point] }, sum: { dataPoints: [point] } },
      0,
      ['malformed', 'malformed'],
    ],
    ['points that are no list: one record', { gauge: { dataPoints: {} } }, 0, ['malformed']],
    ['a fault but no points: one record', { name: 5, gauge: {} }, 0, ['malformed']],
    ['a metric that is text: one record', 'x', 0, ['malformed']],
  ]
  for (const [name, metric, taken, reasons] of cases) {
    test(name, () => {
      const good = { name: 'good', gauge: { dataPoints: [point] } }
      const { items, rejected } = decode('metrics', metrics(good, metric, good))
      assert.equal(items.length, taken + 2)
      assert.deepEqual(
        rejected.map(record => record.reason),
        reasons,
      )
    })
  }
})

test('fields that a kind of data does not have are unknown there', () => {
  const dataPoints = [{ asInt: 1 }]
  const list = [
    { gauge: { dataPoints, aggregationTemporality: 2, isMonotonic: true } },
    { summary: { dataPoints: [{}], aggregationTemporality: 'X' } },
    { histogram: { dataPoints: [{}], aggregationTemporality: 2, isMonotonic: true } },
    { sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } },
  ]
  const shared = decode('metrics', metrics(...list)).items.map(({ metric }) => [metric.temporality, metric.isMonotonic])
  assert.deepEqual(shared, [
    [0, false],
    [0, false],
    [2, false],
    [2, true],
  ])
})

describe('a faulty resource or scope rejects the records under it, and no others', () => {
  const two = { logRecords: [{}, {}] }
  const cases: [string, unknown][] = [
    ['a resource that is text', { resource: 'x', scopeLogs: [two] }],
    ['resource attributes too deep', { resource: { attributes: [{ value: nested(5) }] }, scopeLogs: [two] }],
    ['a scope whose name is a number', { scopeLogs: [{ ...two, scope: { name: 5 } }] }],
  ]
  for (const [name, group] of cases) {
    test(name, () => {
      const { items, rejected } = decode('logs', { resourceLogs: [group, ...logs({}).resourceLogs] })
      assert.equal(items.length, 1)
      assert.equal(rejected.length, 2)
    })
  }
})

describe('what is around the records must be OTLP', () => {
  const cases: [string, unknown][] = [
    ['not JSON', '{"resourceLogs":['],
    ['a list', []],
    ['text', '"x"'],
    ['null', 'null'],
    ['resources that are no list', { resourceLogs: {} }],
    ['a resource group that is null', { resourceLogs: [null] }],
    ['scopes that are no list', { resourceLogs: [{ scopeLogs: 'x' }] }],
    ['records that are no list', { resourceLogs: [{ scopeLogs: [{ logRecords: {} }] }] }],
    ['a schema URL that is a number', { resourceLogs: [{ schemaUrl: 5 }] }],
    ['deeper than any value may be', `{"resourceLogs":${'['.repeat(2000)}`],
  ]
  for (const [name, request] of cases) {
    test(name, () => assert.throws(() => decode('logs', request), { name: 'MalformedRequestError' }))
  }
  for (const request of [
    {},
    { resourceLogs: [] },
    { resourceLogs: null },
    { resourceLogs: [{}] },
    { other: 1 },
    '{"__proto__":{}}',
  ]) {
    test(`no records: ${JSON.stringify(request)}`, () => {
      assert.deepEqual(decode('logs', request), { items: [], rejected: [] })
    })
  }
})

describe('a small request cannot become arbitrarily much', () => {
  test('as many records as the limit are taken, one more is too many', () => {
    assert.equal(decode('logs', logs(...Array(100).fill({}))).items.length, 100)
    assert.throws(() => decode('logs', logs(...Array(101).fill({}))), /more than 100 records/)
    assert.equal(decode('metrics', metrics(...Array(100).fill('x'))).rejected.length, 100)
    assert.throws(() => decode('metrics', metrics(...Array(101).fill('x'))), /more than 100 records/)
  })

  const unlimited = { maxNesting: 64, maxRecords: 1_000_000_000 }
  const many = (value: unknown) => Array(100_000).fill(value)
  const bombs: [string, Signal, unknown][] = [
    ['empty log records', 'logs', logs(...many({}))],
    ['records that are numbers', 'logs', logs(...many(0))],
    ['events', 'traces', traces({ ...IDS, events: many({}) })],
    ['spans without ids', 'traces', traces(...many({ flags: 1 }))],
    ['histograms of a count alone', 'metrics', metrics({ histogram: { dataPoints: many({ count: 1 }) } })],
    ['exemplars', 'metrics', metrics({ gauge: { dataPoints: [{ exemplars: many({}) }] } })],
  ]
  for (const [name, signal, request] of bombs) {
    test(name, () => {
      const body = Buffer.from(JSON.stringify(request))
      assert.throws(() => decodeJson(signal, body, unlimited), /unpacks to more than 16 times its size/)
    })
  }
})
