import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviationsOf } from './deviations.ts'
import { executionsOf } from './executions.ts'
import type { LogFact, Observed, SpanFact } from './facts.ts'
import { risesOf } from './resources.ts'
import { suspectsOf } from './suspects.ts'

/**
 * A request through gateway → orders → prices → a database, and gateway → users. Each service has an entry span and a
 * span for each call, as instrumentations make them.
 */
interface Shape {
  readonly prices?: 'fails' | 'returns early' | 'is slow' | 'has a slow way' | 'is waited for in vain'
  readonly database?: 'is slow'
}

const MS = { entry: 1, database: 5, way: 1 }

function request(id: number, at: number, { prices, database }: Shape): Observed {
  const spans: SpanFact[] = []
  const logs: LogFact[] = []
  const traceId = `t${id}`
  const add = (
    spanId: string,
    parentSpanId: string | undefined,
    service: string,
    operation: string,
    duration: number,
  ) => {
    const calls = operation.startsWith('SELECT') ? 'prices-db' : undefined
    const common = { traceId, spanId, parentSpanId, service, instance: `${service}-1`, operation, start: at, calls }
    spans.push({ ...common, duration, failed: prices === 'fails' && service !== 'users' && calls === undefined })
  }
  const say = (spanId: string, group: string, isTrouble = false) =>
    logs.push({ traceId, spanId, group, text: group, isTrouble })
  const inDatabase = prices === 'returns early' ? 0 : database === 'is slow' ? 400 : MS.database
  const inPrices = inDatabase + MS.entry + (prices === 'is slow' ? 400 : 0)
  const isInVain = prices === 'is waited for in vain'
  const wayToPrices = isInVain || prices === 'has a slow way' ? 400 : MS.way
  const inOrders = inPrices + wayToPrices + MS.entry
  add('gateway', undefined, 'gateway', 'GET /order', inOrders + 2 * MS.way + 4)
  add('to-users', 'gateway', 'gateway', 'GET', 2)
  add('users', 'to-users', 'users', 'GET /user', 1)
  add('to-orders', 'gateway', 'gateway', 'GET', inOrders + MS.way)
  add('orders', 'to-orders', 'orders', 'GET /orders', inOrders)
  add('to-prices', 'orders', 'orders', 'GET', inPrices + wayToPrices)
  add('prices', 'to-prices', 'prices', 'GET /price', inPrices)
  if (prices !== 'returns early') {
    add('select', 'prices', 'prices', 'SELECT price', inDatabase)
    say('prices', 'price found')
  }
  if (prices === 'fails') {
    say('prices', 'no rate for currency', true)
    say('orders', 'order refused', true)
  }
  if (isInVain) say('orders', 'no price came', true)
  say('orders', 'order loaded')
  return { spans, logs }
}

function requests(from: number, count: number, shape: (i: number) => Shape): Observed {
  const all = Array.from({ length: count }, (_, i) => request(from + i, from * 1_000 + i * 1_000, shape(i)))
  return { spans: all.flatMap(({ spans }) => spans), logs: all.flatMap(({ logs }) => logs) }
}

const USUAL = executionsOf(requests(0, 40, () => ({})))
const since = (from: number, shape: Shape) =>
  executionsOf(requests(1_000, 60, i => (i >= from && i % 2 === 0 ? shape : {})))
const suspects = (shape: Shape, rises: Parameters<typeof suspectsOf>[2] = []) => {
  const window = since(20, shape)
  return suspectsOf(window, deviationsOf(USUAL, window), rises)
}

test('what all pass on begins where it is deepest', () => {
  const found = suspects({ prices: 'fails' })
  assert.deepEqual(
    found.map(({ name }) => name),
    ['prices'],
  )
  assert.ok(found[0]!.deviations.every(({ kind }) => kind === 'new'))
  assert.equal(found[0]!.since, 1_000_000 + 20 * 1_000)
})

test('what is left out in silence is a deviation as well', () => {
  const [first, ...others] = suspects({ prices: 'returns early' })
  assert.equal(first!.name, 'prices')
  assert.deepEqual([...new Set(first!.deviations.map(({ kind }) => kind))], ['missing'])
  assert.deepEqual(others, [])
})

test('own work, the way to a service and the answer of a database are told apart', () => {
  const worst = (shape: Shape) => suspects(shape)[0]
  assert.deepEqual(
    [worst({ prices: 'is slow' })!.name, worst({ prices: 'is slow' })!.deviations[0]!.id],
    ['prices', 'own'],
  )
  const way = worst({ prices: 'has a slow way' })!
  assert.deepEqual([way.name, way.deviations[0]!.id], ['prices', 'way to prices'])
  const database = worst({ database: 'is slow' })!
  assert.deepEqual([database.name, database.deviations[0]!.id], ['prices-db', 'answer of prices-db'])
})

test('a service that fails because it waited on the way to another is known to have waited for it', () => {
  const waitedFor = (shape: Shape) => suspects(shape).find(({ name }) => name === 'prices')!.awaitedBy
  assert.deepEqual(waitedFor({ prices: 'is waited for in vain' }), ['orders'])
  assert.deepEqual(waitedFor({ prices: 'has a slow way' }), [], 'who waits and does not fail is not one of them')
  assert.deepEqual(waitedFor({ prices: 'fails' }), [])
})

test('nothing is suspected of a window that is as always, nor of one in which failures end', () => {
  const quiet = executionsOf(requests(1_000, 60, () => ({})))
  assert.deepEqual(suspectsOf(quiet, deviationsOf(USUAL, quiet), []), [])
  const bad = executionsOf(requests(0, 40, () => ({ prices: 'fails' })))
  assert.deepEqual(suspectsOf(quiet, deviationsOf(bad, quiet), []), [])
})

test('a processor with nothing left makes its service the first suspect of what is slow', () => {
  const points = Array.from({ length: 30 }, (_, i) => ({ at: i * 60_000, value: i < 27 ? 2 + (i % 3) : 99 }))
  const signal = { service: 'orders', instance: 'orders-1', name: 'cpu', limit: 100, points }
  const rises = risesOf([signal], 27 * 60_000, 30 * 60_000)
  assert.deepEqual(
    rises.map(({ service, isSaturated }) => [service, isSaturated]),
    [['orders', true]],
  )
  assert.equal(suspects({}, rises)[0]!.name, 'orders')
})

test('spans that call each other in a circle come to an end', () => {
  const { spans, logs } = request(1, 0, {})
  const circle = spans.map(span => (span.spanId === 'gateway' ? { ...span, parentSpanId: 'select' } : span))
  assert.ok(executionsOf({ spans: circle, logs }).all.length > 0)
})
