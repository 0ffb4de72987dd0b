import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Metric, MetricPoint, PointValue } from '../../../pipeline/model/index.ts'
import { field, hex, requestOf, utf8 } from '../../../tests/otlp/bytes.ts'
import { decodeProtobuf } from './request.ts'

const LIMITS = { maxNesting: 4, maxRecords: 100 }

function decode(...metrics: Buffer[]) {
  return decodeProtobuf('metrics', requestOf(...metrics.map(metric => field(2, metric))), LIMITS)
}

function onlyPoint(...metric: Buffer[]): MetricPoint {
  const { items, rejected } = decode(Buffer.concat(metric))
  assert.deepEqual(rejected, [])
  assert.equal(items.length, 1)
  return items[0]!
}

const F64_ONE = '00 00 00 00 00 00 f0 3f'
const F64_TWO = '00 00 00 00 00 00 00 40'
const THREE = '03 00 00 00 00 00 00 00'

describe('what the points of a metric share is read from the numbers of metrics.proto', () => {
  const point = hex('0a 00')
  const bare: Metric = {
    name: '',
    description: '',
    unit: '',
    metadata: new Map(),
    type: 'gauge',
    temporality: 0,
    isMonotonic: false,
  }
  const cases: [string, Buffer[], Partial<Metric>][] = [
    [
      'name = 1, description = 2, unit = 3',
      [hex('0a 01 6e 12 01 64 1a 01 75'), field(5, point)],
      { name: 'n', description: 'd', unit: 'u' },
    ],
    ['gauge = 5', [field(5, point)], { type: 'gauge' }],
    ['sum = 7', [field(7, point)], { type: 'sum' }],
    ['temporality = 2 of a sum', [field(7, point, hex('10 01'))], { type: 'sum', temporality: 1 }],
    [
      'is_monotonic = 3 of a sum, before the points',
      [field(7, hex('18 01'), point)],
      { type: 'sum', isMonotonic: true },
    ],
    ['histogram = 9', [field(9, point, hex('10 02'))], { type: 'histogram', temporality: 2 }],
    ['exponential_histogram = 10', [field(10, point, hex('10 02'))], { type: 'exponential_histogram', temporality: 2 }],
    ['summary = 11', [field(11, point)], { type: 'summary' }],
    ['metadata = 12', [field(5, point), hex('62 07 0a 01 6b 12 02 18 07')], { metadata: new Map([['k', 7n]]) }],
    ['the name after the points', [field(5, point), hex('0a 01 6e')], { name: 'n' }],
    ['unknown fields, also in the data', [hex('f8 01 01'), field(5, hex('f8 01 01'), point)], {}],
    [
      'data of one kind in two pieces',
      [field(7, hex('18 01')), field(7, point, hex('10 02'))],
      { type: 'sum', isMonotonic: true, temporality: 2 },
    ],
  ]
  for (const [name, metric, expected] of cases) {
    test(name, () => assert.deepStrictEqual(onlyPoint(...metric).metric, { ...bare, ...expected }))
  }

  test('the points of one metric share one object', () => {
    const { items } = decode(Buffer.concat([hex('0a 01 6e'), field(5, point, point)]))
    assert.equal(items.length, 2)
    assert.equal(items[0]!.metric, items[1]!.metric)
  })

  test('a metric without data has no points', () =>
    assert.deepEqual(decode(hex('0a 01 6e')), { items: [], rejected: [] }))
})

describe('every field of each kind of point is read from its number', () => {
  const times = '11 01 00 00 00 00 00 00 00 19 02 00 00 00 00 00 00 00'
  const k7 = '0a 01 6b 12 02 18 07'
  const exemplar = `3a 07 ${k7} 11 05 00 00 00 00 00 00 00 19 ${F64_ONE} 22 08 0102030405060708 2a 10 000102030405060708090a0b0c0d0e0f`
  const expectedExemplar = {
    filteredAttributes: new Map([['k', 7n]]),
    timeUnixNano: 5n,
    value: 1,
    spanId: '0102030405060708',
    traceId: '000102030405060708090a0b0c0d0e0f',
  }
  const nothing = { sum: undefined, min: undefined, max: undefined }
  const noBuckets = { offset: 0, bucketCounts: [] }
  const exponential = {
    kind: 'exponential_histogram',
    count: 0n,
    ...nothing,
    scale: 0,
    zeroCount: 0n,
    zeroThreshold: 0,
    positive: noBuckets,
    negative: noBuckets,
  } as const
  const cases: [string, number, string, PointValue, boolean?][] = [
    ['a number that was not set', 5, '', { kind: 'number', value: null }],
    ['as_double = 4', 5, `21 ${F64_ONE}`, { kind: 'number', value: 1 }],
    ['as_int = 6', 7, '31 fe ff ff ff ff ff ff ff', { kind: 'number', value: -2n }],
    ['of both the last stands', 5, `31 ${THREE} 21 ${F64_TWO}`, { kind: 'number', value: 2 }],
    ['number point', 5, `${times} 3a 07 ${k7} 40 01 2a 37 ${exemplar}`, { kind: 'number', value: null }, true],
    [
      'histogram: nothing set',
      9,
      '',
      { kind: 'histogram', count: 0n, ...nothing, bucketCounts: [], explicitBounds: [] },
    ],
    [
      'histogram: count = 4, sum = 5, packed buckets = 6, packed bounds = 7, min = 11, max = 12',
      9,
      `21 ${THREE} 29 ${F64_TWO} 32 10 ${THREE} ${THREE} 3a 08 ${F64_ONE} 59 ${F64_ONE} 61 ${F64_TWO}`,
      { kind: 'histogram', count: 3n, sum: 2, min: 1, max: 2, bucketCounts: [3n, 3n], explicitBounds: [1] },
    ],
    [
      'histogram: buckets and bounds that are not packed',
      9,
      `31 ${THREE} 39 ${F64_ONE} 31 ${THREE} 39 ${F64_TWO}`,
      { kind: 'histogram', count: 0n, ...nothing, bucketCounts: [3n, 3n], explicitBounds: [1, 2] },
    ],
    [
      'histogram: a sum of 0 is set',
      9,
      '29 00 00 00 00 00 00 00 00',
      { kind: 'histogram', count: 0n, ...nothing, sum: 0, bucketCounts: [], explicitBounds: [] },
    ],
    [
      'histogram point',
      9,
      `${times} 4a 07 ${k7} 50 01 42 37 ${exemplar}`,
      { kind: 'histogram', count: 0n, ...nothing, bucketCounts: [], explicitBounds: [] },
      true,
    ],
    ['exponential: nothing set', 10, '', exponential],
    [
      'exponential: count = 4, sum = 5, scale = 6, zero_count = 7, min = 12, max = 13, zero_threshold = 14',
      10,
      `21 ${THREE} 29 ${F64_TWO} 30 03 39 ${THREE} 61 ${F64_ONE} 69 ${F64_TWO} 71 ${F64_ONE}`,
      { ...exponential, count: 3n, sum: 2, scale: -2, zeroCount: 3n, min: 1, max: 2, zeroThreshold: 1 },
    ],
    [
      'exponential: positive = 8 packed, negative = 9 not packed',
      10,
      '42 07 08 03 12 03 00 96 01 4a 06 08 04 10 01 10 02',
      {
        ...exponential,
        positive: { offset: -2, bucketCounts: [0n, 150n] },
        negative: { offset: 2, bucketCounts: [1n, 2n] },
      },
    ],
    [
      'exponential: packed buckets in two pieces, before the offset',
      10,
      '42 09 12 01 05 12 02 06 07 08 03',
      { ...exponential, positive: { offset: -2, bucketCounts: [5n, 6n, 7n] } },
    ],
    ['exponential point', 10, `${times} 0a 07 ${k7} 50 01 5a 37 ${exemplar}`, exponential, true],
    ['summary: nothing set', 11, '', { kind: 'summary', count: 0n, sum: 0, quantiles: [] }],
    [
      'summary: count = 4, sum = 5, quantile_values = 6',
      11,
      `21 ${THREE} 29 ${F64_TWO} 32 12 09 ${F64_ONE} 11 ${F64_TWO} 32 00`,
      {
        kind: 'summary',
        count: 3n,
        sum: 2,
        quantiles: [
          { quantile: 1, value: 2 },
          { quantile: 0, value: 0 },
        ],
      },
    ],
  ]
  for (const [name, data, bytes, expected, full] of cases) {
    test(name, () => {
      const point = onlyPoint(field(data, field(1, hex(bytes))))
      assert.deepStrictEqual(point.value, expected)
      assert.deepStrictEqual(point.exemplars, full ? [expectedExemplar] : [])
      assert.deepStrictEqual(point.attributes, new Map(full ? [['k', 7n]] : []))
      assert.deepStrictEqual(
        [point.startTimeUnixNano, point.timeUnixNano, point.flags],
        full ? [1n, 2n, 1] : [0n, 0n, 0],
      )
    })
  }

  test('summary point', () => {
    const { value, ...point } = onlyPoint(field(11, field(1, hex(times, '3a 07', k7, '40 01'))))
    assert.equal(value.kind, 'summary')
    assert.deepStrictEqual(point.attributes, new Map([['k', 7n]]))
    assert.deepStrictEqual([point.startTimeUnixNano, point.timeUnixNano, point.flags], [1n, 2n, 1])
  })

  test('an exemplar with an integer and without ids', () => {
    const point = onlyPoint(field(5, field(1, field(5, hex('31', THREE)))))
    const expected = { filteredAttributes: new Map(), timeUnixNano: 0n, value: 3n, spanId: '', traceId: '' }
    assert.deepStrictEqual(point.exemplars, [expected])
  })
})

describe('a point at fault is rejected with its bytes, its neighbours stand', () => {
  const cases: [string, number, string, string][] = [
    ['a time past 2262', 5, `19 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a start past 2262', 7, `11 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a histogram start past 2262', 9, `11 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a histogram time past 2262', 9, `19 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['an exponential start past 2262', 10, `11 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['an exponential time past 2262', 10, `19 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a summary start past 2262', 11, `11 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a summary time past 2262', 11, `19 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['an exemplar past 2262', 5, `2a 09 11 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['an exponential count past int64', 10, `21 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a count past int64', 9, `21 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a bucket past int64', 9, `32 08 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['a zero count past int64', 10, `39 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['an exponential bucket past int64', 10, `42 0c 12 0a ${'ff'.repeat(9)} 01`, 'out_of_range'],
    ['a summary count past int64', 11, `21 ${'ff'.repeat(8)}`, 'out_of_range'],
    ['packed buckets of seven bytes', 9, '32 07 00 00 00 00 00 00 00', 'malformed'],
    ['packed bounds of nine bytes', 9, '3a 09 00 00 00 00 00 00 00 00 00', 'malformed'],
    ['packed varints that break off', 10, '42 03 12 01 80', 'malformed'],
    ['a value as a varint', 5, '20 01', 'malformed'],
    ['an exemplar with a span id of 7 bytes', 5, `2a 09 22 07 ${'01'.repeat(7)}`, 'malformed'],
    ['a quantile past its end', 11, '32 02 09 00', 'malformed'],
    ['attributes too deep', 5, '3a 16 12 14 2a 12 0a 10 2a 0e 0a 0c 2a 0a 0a 08 2a 06 0a 04 2a 02 0a 00', 'too_deep'],
  ]
  for (const [name, data, bytes, reason] of cases) {
    test(name, () => {
      const { items, rejected } = decode(
        Buffer.concat([hex('0a 01 6e'), field(data, hex('0a 00'), field(1, hex(bytes)), hex('0a 00'))]),
      )
      assert.equal(items.length, 2)
      assert.deepEqual(
        rejected.map(record => [record.reason, Buffer.from(record.raw).toString('hex')]),
        [[reason, hex(bytes).toString('hex')]],
      )
      assert.match(rejected[0]!.message, /^data point of metric "n": /)
    })
  }
})

describe('a fault in what points share rejects those points, and no others', () => {
  const good = Buffer.concat([field(1, utf8('good')), field(5, hex('0a 00'))])
  const twoPoints = hex('0a 00 0a 00')
  const cases: [string, Buffer[], number, string][] = [
    [
      'metadata too deep',
      [field(5, twoPoints), field(12, field(2, hex('2a 12 0a 10 2a 0e 0a 0c 2a 0a 0a 08 2a 06 0a 04 2a 02 0a 00')))],
      2,
      'too_deep',
    ],
    ['metadata that break off inside', [field(12, hex('0a 05')), field(5, twoPoints)], 2, 'malformed'],
    ['a name as a number', [hex('08 01'), field(5, twoPoints)], 2, 'malformed'],
    ['a temporality as text', [field(7, twoPoints, hex('12 01 78'))], 2, 'malformed'],
    ['two kinds of data', [field(5, twoPoints), field(7, hex('0a 00'))], 3, 'malformed'],
    ['a gauge as a number: one record', [hex('28 01')], 1, 'malformed'],
    ['points past the end of the data: one record', [field(5, hex('0a 00 0a 05'))], 1, 'malformed'],
    ['the data past the end of the metric: one record', [field(5, twoPoints), hex('2a 05 0a 00')], 1, 'malformed'],
    ['a bad tag in the metric: one record', [field(5, twoPoints), hex('07')], 1, 'malformed'],
  ]
  for (const [name, metric, count, reason] of cases) {
    test(name, () => {
      const { items, rejected } = decode(good, Buffer.concat(metric), good)
      assert.deepEqual(
        items.map(item => item.metric.name),
        ['good', 'good'],
      )
      assert.deepEqual(
        rejected.map(record => record.reason),
        new Array(count).fill(reason),
      )
    })
  }

  test('a metric of which not even the points can be told apart is kept whole', () => {
    const metric = field(5, hex('0a 00 0a 05'))
    assert.deepEqual(decode(metric).rejected[0]?.raw, metric)
  })

  test('a long name is clipped in the message', () => {
    const metric = Buffer.concat([field(1, utf8('n'.repeat(5000))), field(5, field(1, hex('20 01')))])
    const message = decode(metric).rejected[0]!.message
    assert.match(message, /"n{120}"/)
  })
})
