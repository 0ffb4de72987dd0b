import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CallSpan, callsOf } from './calls.ts'
import { type LearntEdge, mergeMap } from './merge.ts'

function span(
  service: string,
  kind: string,
  spanId: string,
  parentSpanId: string | null,
  rest: Partial<CallSpan> = {},
): CallSpan {
  return {
    traceId: 't',
    spanId,
    parentSpanId,
    service,
    environment: 'prod',
    kind,
    operation: 'op',
    peer: undefined,
    links: [],
    ...rest,
  }
}

describe('calls between services', () => {
  const words = (spans: readonly CallSpan[]) =>
    callsOf(spans).map(
      call => `${call.caller} ${call.peerKind}:${call.peer} ${call.isAsync ? '~>' : '->'} ${call.callee}`,
    )

  test('are told by a server whose parent is the call', () => {
    const spans = [
      span('shop', 'client', 'a', null, { peer: { kind: 'external', name: 'pay:80' } }),
      span('pay', 'server', 'b', 'a'),
      span('pay', 'internal', 'c', 'b'),
    ]
    assert.deepEqual(words(spans), ['shop external:pay:80 -> pay'])
  })

  test('go by the operation where the call says nothing of the other side, and may be of a service to itself', () => {
    assert.deepEqual(words([span('shop', 'client', 'a', null), span('shop', 'server', 'b', 'a')]), [
      'shop operation:op -> shop',
    ])
  })

  test('are known also where the caller has no span for the call, unless it is the service itself', () => {
    assert.deepEqual(words([span('shop', 'internal', 'a', null), span('pay', 'server', 'b', 'a')]), [
      'shop in_process:op -> pay',
    ])
    assert.deepEqual(words([span('pay', 'internal', 'a', null), span('pay', 'server', 'b', 'a')]), [])
  })

  test('of messages are told by links to other traces, or by the parent, once', () => {
    const sent = span('shop', 'producer', 'a', null, { peer: { kind: 'queue', name: 'kafka/orders' } })
    const links = [{ traceId: 't', spanId: 'a' }]
    const taken = span('mail', 'consumer', 'b', null, { traceId: 'u', links })
    const both = span('ship', 'consumer', 'c', 'a', { links })
    assert.deepEqual(words([sent, taken, both]), ['shop queue:kafka/orders ~> mail', 'shop queue:kafka/orders ~> ship'])
  })

  test('are nothing where the other side is not there', () => {
    assert.deepEqual(
      words([
        span('pay', 'server', 'b', 'gone'),
        span('mail', 'consumer', 'c', null, { links: [{ traceId: 'x', spanId: 'y' }] }),
      ]),
      [],
    )
  })
})

describe('a map of traffic and a file', () => {
  const edge = (caller: string, callee: string, calleeKind: LearntEdge['calleeKind'] = 'service'): LearntEdge => ({
    environment: 'prod',
    caller,
    callerKind: 'service',
    release: null,
    callee,
    calleeKind,
    isAsync: false,
    calls: 1,
    errors: 0,
    avgMs: 1,
    p50Ms: 1,
    p95Ms: 1,
    p99Ms: 1,
    traceId: null,
  })
  const learnt = [
    edge('edge-device', 'session-manager'),
    edge('session-manager', 'postgresql/sessions', 'database'),
    edge('session-manager', 'billing'),
    edge('stranger', 'billing'),
  ]
  const declared = {
    EdgeDevice: { depends_on: ['SessionManager'], owner: 'team-edge' },
    SessionManager: { file: 'src/session.js', functions: ['startSession'], depends_on: ['ServiceA', 'postgresql'] },
    ServiceA: { depends_on: ['ServiceB'] },
    billing: {},
  }
  const { nodes, edges } = mergeMap(learnt, ['edge-device', 'session-manager', 'billing', 'stranger'], declared)
  const standings = edges.map(({ caller, callee, standing }) => `${caller} ${callee} ${standing}`)

  test('agrees where names are the same but for their spelling, or name the system of a database', () => {
    assert.ok(standings.includes('edge-device session-manager agreed'))
    assert.ok(standings.includes('session-manager postgresql/sessions agreed'))
    const device = nodes.find(({ name }) => name === 'edge-device')
    assert.deepEqual(device, { name: 'edge-device', kind: 'service', standing: 'agreed', owner: 'team-edge' })
    assert.partialDeepStrictEqual(
      nodes.find(({ name }) => name === 'session-manager'),
      { file: 'src/session.js', functions: ['startSession'] },
    )
  })

  test('shows what the file claims and traffic denies', () => {
    assert.ok(standings.includes('session-manager ServiceA denied'))
    assert.ok(standings.includes('ServiceA ServiceB denied'))
    assert.equal(nodes.find(({ name }) => name === 'ServiceA')?.standing, 'denied')
  })

  test('shows what traffic does and the file does not say', () => {
    assert.ok(standings.includes('session-manager billing undeclared'))
    assert.equal(nodes.find(({ name }) => name === 'stranger')?.standing, 'undeclared')
    assert.ok(standings.includes('stranger billing undefined'))
  })

  test('without a file claims nothing', () => {
    const without = mergeMap(learnt, ['idle'])
    assert.deepEqual(
      new Set([...without.edges, ...without.nodes].map(({ standing }) => standing)),
      new Set([undefined]),
    )
    assert.ok(without.nodes.some(({ name }) => name === 'idle'))
  })
})
