import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Slowdown } from '../releases/blame.ts'
import { withChange } from './changes.ts'
import type { Deviation } from './deviations.ts'
import type { Execution } from './executions.ts'
import { type ChangeBefore, type Hypothesis, hypothesesOf } from './hypotheses.ts'
import type { Suspect } from './suspects.ts'

const SINCE = 100 * 60_000
const MINUTE = 60_000

const execution = (service: string): Execution => ({
  ...{ key: service, service, instance: `${service}-1`, operation: 'GET /', traceId: 'aa', start: SINCE },
  ...{ marks: new Set<string>(), waits: new Map<string, number>(), called: [] },
})
const deviation = (kind: Deviation['kind'], id: string): Deviation => ({
  ...{ kind, id, text: id, service: 'orders', operation: 'GET /', since: SINCE, after: 20, afterHas: 9, before: 40 },
  ...{ beforeHas: 0, strength: 30, limit: 12.4 },
})
const suspect = (name: string, score: number, one: Deviation): Suspect => ({
  ...{ name, score, behaviour: one.kind === 'slow' ? 0 : score, slowness: one.kind === 'slow' ? score : 0 },
  ...{ saturation: 0, rises: [], awaitedBy: [], deviations: [one], examples: [execution(name)], since: SINCE },
})
const change = (minutesBefore: number, what = 'deploy', service = 'orders'): ChangeBefore => ({
  ...{ at: SINCE - minutesBefore * MINUTE, service, what, release: '2' },
})
const told = (one: Suspect, changes: readonly ChangeBefore[] = [], slowdowns: readonly Slowdown[] = []) => {
  const [found] = hypothesesOf([one], () => []) as Hypothesis<ChangeBefore>[]
  return withChange(found!, changes, slowdowns, SINCE + MINUTE)
}
const failing = suspect('orders', 50, deviation('new', 'logged a'))

test('a change of that service just before is the kind; later, older and others’ ones are not', () => {
  assert.deepEqual([told(failing, [change(2)]).kind, told(failing, [change(2)]).change], ['code_change', change(2)])
  assert.equal(told(failing, [change(2, 'config')]).kind, 'configuration')
  for (const other of [change(-2), change(4), change(2, 'deploy', 'mail')]) {
    const { kind, change: found, against } = told(failing, [other])
    assert.deepEqual([kind, found], ['unknown', undefined])
    assert.match(against.join(), /no change of orders came with it/)
  }
})

test('a change is found however long ago it came, where the operation became slower with it', () => {
  const slow = suspect('orders', 50, deviation('slow', 'own'))
  const slowdown = { at: SINCE - 20 * MINUTE, toleranceMs: 5_000, factor: 3 }
  assert.equal(told(slow, [change(20)]).change, undefined)
  const { change: found, because, kind } = told(slow, [change(20)], [slowdown])
  assert.deepEqual([found, kind], [change(20), 'code_change'])
  assert.match(because[0]!, /3 times as slow with it/)
})

test('what is slow tells whether it is the work, the way or what is asked', () => {
  const kinds = [
    ['orders', 'own', 'capacity'],
    ['orders', 'way to orders', 'network'],
    ['orders-db', 'answer of orders-db', 'dependency'],
  ] as const
  for (const [name, id, kind] of kinds) assert.equal(told(suspect(name, 50, deviation('slow', id))).kind, kind)
})

test('what is at its limit is told before all else', () => {
  const rise = { service: 'orders', instance: 'orders-1', name: 'cpu', before: 0.02, after: 0.99, since: SINCE, z: 90 }
  const { kind, because } = told({ ...failing, rises: [{ ...rise, isSaturated: true }] }, [change(3)])
  assert.equal(kind, 'resource_exhaustion')
  assert.equal(because[0], 'cpu of orders-1 went from 0.02 to 0.99, which is its limit')
})

test('two that are as likely are half as sure, and speak against each other', () => {
  const [first, second] = hypothesesOf([failing, { ...failing, name: 'prices' }], () => [])
  assert.ok(first!.confidence < 0.5 && first!.confidence === second!.confidence)
  assert.match(first!.against[0]!, /as much begins at prices/)
  assert.match(second!.against[0]!, /as much begins at orders/)
})

test('the path goes from the entry of the request to where it begins, each step with its trace', () => {
  const [found] = hypothesesOf([failing], () => [execution('gateway')])
  assert.deepEqual(found!.path, [
    { service: 'gateway', operation: 'GET /', traceId: 'aa' },
    { service: 'orders', operation: 'GET /', traceId: 'aa' },
  ])
})
