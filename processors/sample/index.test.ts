import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Batch, BatchOf, Signal } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { readRecord } from '../../tests/contract/read-records.ts'
import { sample } from './index.ts'

testComponent(sample)

/** Ids that are spread as random ones are, and the same in each run. */
const TRACE_IDS = Array.from({ length: 20_000 }, (_, i) => createHash('md5').update(String(i)).digest('hex'))

async function kept(settings: object, signal: Signal, records: readonly object[], id = 'request'): Promise<Batch> {
  const items = records.map(record => readRecord(signal, record))
  const account = { receiver: 'otlp', received: items.length, dropped: new Map(), rejected: [] }
  const batch = { id, signal, items, bytes: 1, account } as BatchOf<'logs'> // readRecord makes items of the signal
  let output: Batch | undefined
  const next = async (batch: Batch) => {
    output = batch
  }
  await sample.create(sample.config.parse(settings), next, testContext('sample')).consume!(
    batch,
    AbortSignal.timeout(1e6),
  )
  return output!
}

const traceIdsOf = (batch: Batch) => batch.items.map(item => ('traceId' in item ? item.traceId : ''))

test('about the percentage of the traces is kept, and exactly the same ones of their logs', async () => {
  const records = TRACE_IDS.map(traceId => ({ traceId }))
  for (const percentage of [0, 1, 10, 50, 99, 100]) {
    const spans = traceIdsOf(await kept({ percentage }, 'traces', records))
    const logs = traceIdsOf(await kept({ percentage }, 'logs', records))
    assert.deepEqual(logs, spans)
    // Four standard deviations of a binomial distribution.
    const share = percentage / 100
    const tolerance = 4 * Math.sqrt(TRACE_IDS.length * share * (1 - share))
    assert.ok(Math.abs(spans.length - TRACE_IDS.length * share) <= tolerance, `${percentage} %: ${spans.length}`)
  }
})

test('a lower percentage keeps a subset of what a higher one keeps', async () => {
  const records = TRACE_IDS.map(traceId => ({ traceId }))
  const more = new Set(traceIdsOf(await kept({ percentage: 20 }, 'traces', records)))
  const less = traceIdsOf(await kept({ percentage: 5 }, 'traces', records))
  assert.ok(less.length > 0 && less.every(traceId => more.has(traceId)))
})

test('errors are kept whatever their trace, unless that is switched off', async () => {
  const spans = TRACE_IDS.slice(0, 100).map(traceId => ({ traceId, statusCode: 2 }))
  const logs = TRACE_IDS.slice(0, 100).map(traceId => ({ traceId, severityNumber: 17 }))
  for (const [signal, records] of [
    ['traces', spans],
    ['logs', logs],
  ] as const) {
    assert.equal((await kept({ percentage: 0 }, signal, records)).items.length, 100)
    assert.equal((await kept({ percentage: 0, keep_errors: false }, signal, records)).items.length, 0)
  }
})

test('logs without a trace are kept, or sampled so that a resend keeps the same', async () => {
  const records = Array.from({ length: 10_000 }, (_, i) => ({ body: i }))
  assert.equal((await kept({ percentage: 10 }, 'logs', records)).items.length, 10_000)
  const settings = { percentage: 10, logs_without_trace: 'sample' }
  const first = await kept(settings, 'logs', records, 'a')
  assert.ok(Math.abs(first.items.length - 1_000) < 120, String(first.items.length))
  assert.deepEqual((await kept(settings, 'logs', records, 'a')).items, first.items)
  assert.notDeepEqual((await kept(settings, 'logs', records, 'b')).items, first.items)
})

test('a percentage outside 0 to 100 is a fault', () => {
  for (const percentage of [-1, 101, '10', undefined]) assert.ok(!sample.config.safeParse({ percentage }).success)
})
