import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hypothesis } from './hypotheses.ts'
import { type ProblemFact, withProblem } from './problem.ts'
import { EVEN } from './weights.ts'

const CHANGE = { at: 1_000, service: 'pay', release: '2.0', what: 'deployment' }
const hypothesis = (name: string, confidence: number): Hypothesis<typeof CHANGE> => ({
  ...{
    kind: 'code_change',
    name,
    dependency: undefined,
    instance: 'a',
    operation: 'GET /',
    change: CHANGE,
    since: 2_000,
  },
  ...{ confidence, because: ['slow'], against: [], confirm: '', path: [], thrown: undefined },
  points: { behaviour: 1, slowness: 0, saturation: 0, problem: 0 },
})
const problem = (fields: Partial<ProblemFact<typeof CHANGE>> = {}): ProblemFact<typeof CHANGE> => ({
  ...{
    service: 'pay',
    operation: 'POST /charge',
    onset: 3_000,
    change: undefined,
    because: ['nothing changed with it'],
  },
  ...{ sharedTraits: [], slowCalls: [], fuller: [], path: [], isAsked: false },
  thrown: {
    ...{
      fingerprint: '0a',
      exception: 'E',
      message: 'm',
      function: 'f',
      file: 'f.ts',
      line: 1,
      shared: ['x=1 in 3 of 3'],
    },
  },
  ...fields,
})
const told = (fields: Partial<ProblemFact<typeof CHANGE>>) => withProblem([hypothesis('pay', 0.9)], problem(fields))[0]!

test('a change that the problem’s own analysis blames is the cause; one that it does not blame is none', () => {
  assert.partialDeepStrictEqual(told({ change: CHANGE }), { kind: 'code_change', change: CHANGE, confidence: 0.93 })
  const cleared = told({})
  assert.deepEqual([cleared.change, cleared.kind], [undefined, 'unknown'])
  assert.deepEqual(cleared.against, ['nothing changed with it'])
})

test('what failures share and what rose or answers late with them is the kind, where no change is to blame', () => {
  const trait = (key: string, value: string) => ({ sharedTraits: [[{ key, value }]] })
  const cases: readonly (readonly [Partial<ProblemFact<typeof CHANGE>>, string, string | undefined])[] = [
    [trait('host.name', 'worker-2'), 'host', undefined],
    [{ fuller: ['db.client.connection.pending_requests'], slowCalls: ['db'] }, 'resource_exhaustion', undefined],
    [trait('server.address', 'api.cardgate.example'), 'external', 'api.cardgate.example'],
    [{ slowCalls: ['stock-db.shop.svc.cluster.local'] }, 'dependency', 'stock-db.shop.svc.cluster.local'],
    [{ slowCalls: ['10.0.0.7'] }, 'dependency', '10.0.0.7'],
    [trait('shop.locale', 'sv-SE'), 'data', undefined],
    [
      {
        sharedTraits: [
          [
            { key: 'service.version', value: '2' },
            { key: 'host.name', value: 'a' },
          ],
        ],
      },
      'unknown',
      undefined,
    ],
  ]
  for (const [fields, kind, dependency] of cases) {
    const one = told(fields)
    assert.deepEqual([one.kind, one.dependency], [kind, dependency])
  }
  assert.equal(told(trait('host.name', 'worker-2')).instance, 'worker-2')
  const pod = { key: 'k8s.pod.name', value: 'pay-a' }
  assert.equal(told({ sharedTraits: [[pod, { key: 'host.name', value: 'worker-2' }]] }).instance, 'worker-2')
  assert.equal(told({ sharedTraits: [[pod]] }).instance, 'pay-a')
})

test('where more is otherwise elsewhere, what is thrown comes first only with a change to blame or when it was asked about', () => {
  const others = [hypothesis('mail', 0.9), hypothesis('pay', 0.1)]
  const names = (fields: Partial<ProblemFact<typeof CHANGE>>, weights = EVEN) =>
    withProblem(others, problem(fields), weights).map(one => one.name)
  assert.deepEqual(names({}), ['mail', 'pay'])
  assert.equal(withProblem(others, problem())[1]!.thrown?.exception, 'E')
  const [first, second] = withProblem(others, problem({ change: CHANGE }))
  assert.deepEqual([first!.name, first!.confidence, second!.name], ['pay', 0.75, 'mail'])
  assert.match(first!.against.at(-1)!, /more is otherwise at mail/)
  assert.deepEqual(names({ isAsked: true }), ['pay', 'mail'])
  assert.deepEqual(names({ isAsked: true }, { ...EVEN, problem: 0.4 }), ['mail', 'pay'], 'people can turn that round')
})

test('who waits in vain for what is slow to reach is not to blame, the way is', () => {
  const waiting = { path: [{ service: 'pay', operation: 'POST /charge', traceId: 't' }] }
  const way = { ...hypothesis('bank', 0.4), ...waiting, kind: 'network' as const, change: undefined }
  const both = [hypothesis('pay', 0.6), way]
  const [first, ...others] = withProblem(both, problem({ isAsked: true, slowCalls: ['bank.example'] }))
  assert.deepEqual([first!.kind, first!.name, first!.dependency], ['network', 'bank', undefined])
  assert.deepEqual([first!.thrown?.exception, others], ['E', []])
  const name = (hypotheses: Hypothesis<typeof CHANGE>[], fields: Partial<ProblemFact<typeof CHANGE>> = {}) =>
    withProblem(hypotheses, problem({ isAsked: true, ...fields }))[0]!.name
  assert.equal(name(both, { change: CHANGE }), 'pay', 'but a change is')
  assert.equal(name(both, { fuller: ['memory'] }), 'pay')
  const little = { ...way, confidence: 0.1 }
  assert.equal(name([hypothesis('pay', 0.8), little]), 'pay', 'and a little waiting is none')
  assert.equal(
    name([hypothesis('pay', 0.8), { ...little, awaitedBy: ['pay'] }]),
    'bank',
    'but where those that fail waited',
  )
})
