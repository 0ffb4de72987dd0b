import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { serialiseError } from './errors.ts'
import { type LogRecord, logRecordOf, severityOf } from './log-record.ts'

const BASE = { pid: 7, hostname: 'node-7', service: 'shop' }
const NOW = 1_795_000_000_000

/** What a line that pino itself writes becomes. */
function recordOf(log: (logger: pino.Logger) => void, level = 'trace') {
  let line = ''
  const settings = { level, base: BASE, depthLimit: 10, serializers: { err: serialiseError, error: serialiseError } }
  const stream = {
    write(text: string) {
      line += text
    },
  }
  log(pino(settings, stream))
  const read = logRecordOf(line, BASE, NOW)
  assert.ok(read !== undefined, line)
  return { ...read, attributes: plain(read.record) }
}

const plain = ({ attributes }: LogRecord) => Object.fromEntries(attributes.map(({ key, value }) => [key, value]))

test('a line becomes a record: message, time, severity, fields as attributes without what the resource says', () => {
  const { record, scope, attributes } = recordOf(logger =>
    logger
      .child({ name: 'db', tenant: 't1' })
      .warn({ request_id: 'r1', 'user.id': 42, ratio: 0.5, ok: true }, 'hello %s', 'you'),
  )
  assert.equal(scope, 'db')
  assert.deepEqual(record.body, { stringValue: 'hello you' })
  assert.deepEqual([record.severityNumber, record.severityText], [13, 'WARN'])
  assert.match(record.timeUnixNano, /^\d{13}000000$/)
  assert.equal(record.observedTimeUnixNano, '1795000000000000000')
  assert.deepEqual(attributes, {
    tenant: { stringValue: 't1' },
    request_id: { stringValue: 'r1' },
    'user.id': { intValue: '42' },
    ratio: { doubleValue: 0.5 },
    ok: { boolValue: true },
  })
})

test('pino’s levels are OpenTelemetry’s severities, and what is between or beyond stays so', () => {
  assert.deepEqual([10, 20, 30, 40, 50, 60].map(severityOf), [1, 5, 9, 13, 17, 21])
  assert.deepEqual([0, 35, 45, 1_000].map(severityOf), [1, 11, 15, 24])
})

test('nested objects, dates, BigInts, circles and what JSON has no word for survive', () => {
  const circle: Record<string, unknown> = { a: 1 }
  circle.self = circle
  const { attributes } = recordOf(logger =>
    logger.info({
      nested: { list: [1, 'x', null, { deep: true }], date: new Date(0) },
      int64: 9_007_199_254_740_993n,
      huge: 2n ** 80n,
      circle,
      nan: Number.NaN,
      nothing: null,
      left: undefined,
      map: new Map([[1, 2]]),
      bytes: Buffer.from('x'),
    }),
  )
  const { bytes: _, ...rest } = attributes
  assert.deepEqual(rest, {
    nested: {
      kvlistValue: {
        values: [
          {
            key: 'list',
            value: {
              arrayValue: {
                values: [
                  { intValue: '1' },
                  { stringValue: 'x' },
                  {},
                  { kvlistValue: { values: [{ key: 'deep', value: { boolValue: true } }] } },
                ],
              },
            },
          },
          { key: 'date', value: { stringValue: '1970-01-01T00:00:00.000Z' } },
        ],
      },
    },
    int64: { intValue: '9007199254740993' },
    huge: { stringValue: '1208925819614629174706176' },
    circle: {
      kvlistValue: {
        values: [
          { key: 'a', value: { intValue: '1' } },
          { key: 'self', value: { stringValue: '[Circular]' } },
        ],
      },
    },
    map: { kvlistValue: { values: [] } },
  })
})

class PaymentError extends Error {
  readonly code = 'E_CARD'
}
test('an error is exception.type, message and the stacks of the whole chain of causes', () => {
  const root = new RangeError('root', { cause: 'the disk' })
  const error = new PaymentError('card', { cause: new TypeError('inner', { cause: root }) })
  for (const log of [
    (logger: pino.Logger) => logger.error(error),
    (logger: pino.Logger) => logger.error({ err: error }, 'card'),
  ]) {
    const { record, attributes } = recordOf(log)
    assert.deepEqual(record.body, { stringValue: 'card' })
    assert.deepEqual(attributes['exception.type'], { stringValue: 'PaymentError' })
    assert.deepEqual(attributes['exception.message'], { stringValue: 'card' })
    const stacks = [error, error.cause as Error, root].map(({ stack }) => stack) // as made above
    assert.deepEqual(attributes['exception.stacktrace'], { stringValue: [...stacks, 'the disk'].join('\nCaused by: ') })
    const texts = JSON.stringify(attributes.err)
    assert.ok(texts.includes('"E_CARD"') && texts.includes('"root"') && !texts.includes('    at '), texts)
  }
})

test('errors under the key error, frozen ones and those of a circle of causes are errors, too', () => {
  const first = new Error('first')
  const circle = new Error('second', { cause: first })
  first.cause = circle
  for (const [error, type] of [
    [Object.freeze(new RangeError('cold')), 'RangeError'],
    [circle, 'Error'],
    [new AggregateError([new Error('one')], 'all'), 'AggregateError'],
  ] as const) {
    const { attributes } = recordOf(logger => logger.error({ error }, 'it failed'))
    assert.deepEqual(attributes['exception.type'], { stringValue: type })
    assert.deepEqual(attributes['exception.message'], { stringValue: error.message })
  }
})

test('what is called an error but is none stays an attribute', () => {
  const { attributes } = recordOf(logger => logger.error({ err: 'text', error: { code: 1 } }, 'x'))
  assert.deepEqual(attributes, {
    err: { stringValue: 'text' },
    error: { kvlistValue: { values: [{ key: 'code', value: { intValue: '1' } }] } },
  })
})

test('ids of a trace are the record’s own, ids of another form stay attributes', () => {
  const ids = { trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8), trace_flags: '01' }
  const { record, attributes } = recordOf(logger => logger.info(ids, 'x'))
  assert.deepEqual([record.traceId, record.spanId, record.flags], [ids.trace_id, ids.span_id, 1])
  assert.deepEqual(attributes, {})
  const other = recordOf(logger => logger.info({ trace_id: '0'.repeat(32), span_id: 'x-1', trace_flags: 1 }, 'x'))
  assert.deepEqual([other.record.traceId, other.record.spanId, other.record.flags], [undefined, undefined, undefined])
  assert.deepEqual(other.attributes, {
    trace_id: { stringValue: '0'.repeat(32) },
    span_id: { stringValue: 'x-1' },
    trace_flags: { intValue: '1' },
  })
})

test('a field of the base that a line changes is an attribute; the line’s own value counts', () => {
  const { attributes } = recordOf(logger => logger.info({ service: 'another', pid: 7 }, 'x'))
  assert.deepEqual(attributes, { service: { stringValue: 'another' } })
})
