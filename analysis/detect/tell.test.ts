import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Episode } from './episodes.ts'
import type { Series } from './series.ts'
import { sentenceOf, severityOf } from './tell.ts'

const START = Date.UTC(2026, 10, 30, 14, 5)
const episode: Episode = {
  start: START,
  foundAt: START + 60_000,
  peak: START,
  peakValue: 0.125,
  end: undefined,
  type: 'sla_breach',
  seen: 0.1,
  expected: 0.004,
  chance: 1e-9,
  isAccepted: false,
  again: 0,
}
const series: Series = { kind: 'operation', environment: 'prod', service: 'orders', name: 'POST /orders' }
const change = (metric: string, rest: Partial<Episode> = {}, of: Partial<Series> = {}) => ({
  what: 'started' as const,
  series: { ...series, ...of },
  metric,
  count: 80,
  episode: { ...episode, ...rest },
})

test('one sentence says who, what was expected, what was seen, since when and until when', () => {
  assert.equal(
    sentenceOf(change('error_rate')),
    'orders POST /orders: expected 0.4 % errors, saw 12.5 % errors since 14:05 UTC',
  )
  assert.equal(
    sentenceOf(change('latency_p95', { expected: 230, peakValue: 11_500, end: START + 600_000 }, { kind: 'service' })),
    'orders: expected P95 230 ms, saw P95 11.5 s since 14:05 UTC until 14:15',
  )
  assert.equal(
    sentenceOf(change('requests', { type: 'silence', expected: 81.4, peakValue: 0 }, { kind: 'service' })),
    'orders: expected 81.4 requests/min, saw no requests since 14:05 UTC',
  )
  assert.equal(
    sentenceOf(change('records', { expected: 0, peakValue: 12 }, { kind: 'problem', name: '00ff' })),
    'orders, problem 00ff: it had not occurred before, saw 12 records/min since 14:05 UTC',
  )
  const named = { kind: 'problem', name: '00ff', title: 'CardDeclined at refuse' } as const
  assert.equal(
    sentenceOf(change('records', { expected: 2, peakValue: 12 }, named)),
    'orders, problem "CardDeclined at refuse": expected 2 records/min, saw 12 records/min since 14:05 UTC',
  )
})

test('how bad it is follows from what users of the service feel', () => {
  assert.equal(severityOf(change('error_rate')), 'error')
  assert.equal(severityOf(change('error_rate', { peakValue: 0.9 }, { kind: 'service' })), 'critical')
  assert.equal(severityOf(change('latency_p95', { expected: 100, peakValue: 180, seen: 180 })), 'warning')
  assert.equal(severityOf(change('latency_p95', { expected: 100, peakValue: 400, seen: 180 })), 'error')
  assert.equal(severityOf(change('requests', { type: 'spike' })), 'info')
  assert.equal(severityOf(change('requests', { type: 'silence' }, { kind: 'service' })), 'error')
  assert.equal(severityOf(change('requests', { type: 'silence' }, { kind: 'operation' })), 'warning')
})
