import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { type Batch, type BatchOf, SIGNALS } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { batchOf } from '../../tests/contract/batches.ts'
import { MARK, testComponent } from '../../tests/contract/index.ts'
import { readRecord } from '../../tests/contract/read-records.ts'
import { debug } from './index.ts'
import { recordJson } from './record-json.ts'

type Line = Record<string, unknown>

function openLog() {
  const lines: Line[] = []
  const logger = pino({ base: null, timestamp: false }, { write: line => void lines.push(JSON.parse(line)) })
  return { lines, logger }
}

async function linesOf(verbosity: 'basic' | 'normal' | 'detailed', batch: Batch): Promise<Line[]> {
  const { lines, logger } = openLog()
  const exporter = debug.create({ verbosity }, () => Promise.reject(), testContext('debug', { logger }))
  await exporter.consume!(batch, new AbortController().signal)
  return lines
}

testComponent(debug, {
  destination: async () => {
    const { lines, logger } = openLog()
    return {
      settings: { verbosity: 'detailed' },
      context: { logger },
      arrived: async () =>
        lines.map(line => (line.record as { attributes: Record<string, string> }).attributes[MARK] ?? 'no mark'),
      close: async () => {},
    }
  },
})

test('a detailed line holds all that is in the record, each value with its type', () => {
  for (const signal of SIGNALS) {
    fc.assert(
      fc.property(batchOf(signal), batch => {
        for (const item of batch.items) {
          assert.deepEqual(readRecord(signal, JSON.parse(JSON.stringify(recordJson(item)))), item)
        }
      }),
    )
  }
})

test('members that say nothing are left out of a line', () => {
  const record = readRecord('logs', { body: 'x', attributes: { n: 5, d: { $double: 5 }, b: { $bytes: 'aGk=' } } })
  assert.deepEqual(recordJson(record), {
    resource: {},
    scope: {},
    body: 'x',
    attributes: { n: 5, d: { $double: 5 }, b: { $bytes: 'aGk=' } },
  })
})

const RESOURCE = { attributes: { 'service.name': 'checkout' } }
const CASES: readonly (readonly [signal: Batch['signal'], record: object, line: object])[] = [
  [
    'traces',
    {
      name: 'GET /',
      statusCode: 2,
      startTimeUnixNano: '1000000',
      endTimeUnixNano: '3500000',
      traceId: 'ab',
      spanId: 'cd',
    },
    { name: 'GET /', durationMs: 2.5, status: 'error', traceId: 'ab', spanId: 'cd' },
  ],
  [
    'logs',
    { body: { a: 1 }, severityText: 'WARN', eventName: 'deal.closed' },
    { severity: 'WARN', event: 'deal.closed', body: { a: 1 }, traceId: '', spanId: '' },
  ],
  ['metrics', { metric: { name: 'requests' }, value: { kind: 'number', value: 7 } }, { metric: 'requests', value: 7 }],
  [
    'metrics',
    { metric: { name: 'took' }, value: { kind: 'histogram', count: 3, sum: 1.5 } },
    { metric: 'took', value: { count: '3', sum: 1.5 } },
  ],
]

test('a normal line names the record', async () => {
  for (const [signal, record, line] of CASES) {
    const batch = batchWith(signal, [readRecord(signal, { resource: RESOURCE, ...record })])
    assert.deepEqual(await linesOf('normal', batch), [
      { level: 30, signal, service: 'checkout', ...line, msg: 'record' },
    ])
  }
})

test('a basic line counts what came, what was dropped and what was rejected', async () => {
  const batch = batchWith('logs', [readRecord('logs', {}), readRecord('logs', {})])
  assert.deepEqual(await linesOf('basic', batch), [
    {
      level: 30,
      batch: 'b1',
      signal: 'logs',
      records: 2,
      bytes: 99,
      receiver: 'otlp',
      received: 5,
      dropped: 3,
      rejected: 0,
      msg: 'batch',
    },
  ])
})

function batchWith(signal: Batch['signal'], items: readonly unknown[]): Batch {
  const account = {
    receiver: 'otlp',
    received: items.length + 3,
    dropped: new Map([
      ['filter', 2],
      ['sample', 1],
    ]),
    rejected: [],
  }
  return { id: 'b1', signal, items, bytes: 99, account } as BatchOf<'logs'> // the caller gives items of the signal
}
