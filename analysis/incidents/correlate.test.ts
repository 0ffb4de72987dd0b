import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCorrelator, type IncidentChange } from './correlate.ts'
import { type Found, mapOf, type ServiceMap } from './found.ts'
import { feltIn, rolesOf } from './incident.ts'
import { INCIDENT_DEFAULTS, type IncidentSettings } from './settings.ts'

const MINUTE = 60_000
const SHOP = mapOf([
  { caller: 'storefront', callee: 'checkout' },
  { caller: 'checkout', callee: 'payment' },
  { caller: 'checkout', callee: 'shipping' },
  { caller: 'shipping', callee: 'checkout' },
  { caller: 'search', callee: 'index' },
])
let count = 0
const anomaly = (service: string, minute: number, rest: Partial<Found> = {}): Found => ({
  id: `a${++count}`,
  kind: 'anomaly',
  type: 'sla_breach',
  metric: 'error_rate',
  environment: 'prod',
  service,
  severity: 'error',
  since: minute * MINUTE,
  sentence: `${service} fails`,
  ...rest,
})

function shop(settings: Partial<IncidentSettings> = {}, map: ServiceMap = SHOP) {
  const correlator = createCorrelator({ ...INCIDENT_DEFAULTS, ...settings }, ({ id }) => `incident/${id}`)
  return (minute: number, ...found: Found[]): readonly IncidentChange[] =>
    correlator.step(minute * MINUTE, found, () => map)
}
const told = (changes: readonly IncidentChange[]) =>
  changes.map(({ what, incident }) => `${what} ${incident.origin.service}`)

describe('findings become incidents', () => {
  test('a dependency explains its callers: one incident, its origin the deepest, the callers attached', () => {
    const step = shop()
    const changes = step(1, anomaly('storefront', 0), anomaly('checkout', 0), anomaly('payment', 0))
    assert.deepEqual(told(changes), ['opened payment'])
    const { incident } = changes[0]!
    assert.match(incident.title, /^payment: requests fail, felt by checkout, storefront$/)
    assert.deepEqual(
      rolesOf(incident, SHOP)
        .map(({ found, role }) => `${found.service} ${role}`)
        .sort(),
      ['checkout explained', 'payment origin', 'storefront explained'],
    )
  })

  test('the title says what is felt, requests that fail, and not that something is in the logs behind them', () => {
    const step = shop()
    const opened = step(1, anomaly('payment', 0, { metric: 'records', type: 'spike', severity: 'critical' }))
    assert.equal(opened[0]!.incident.title, 'payment: a problem occurs')
    const updated = step(2, anomaly('payment', 1, { severity: 'warning' }), anomaly('checkout', 1))
    assert.equal(updated.at(-1)!.incident.title, 'payment: requests fail, felt by checkout')
    assert.equal(updated.at(-1)!.incident.origin.because.metric, 'records')
  })

  test('a caller that was found first gives way to the dependency that is found later', () => {
    const step = shop()
    assert.deepEqual(told(step(1, anomaly('storefront', 0))), ['opened storefront'])
    assert.deepEqual(told(step(2, anomaly('payment', 1))), ['updated payment'])
  })

  test('what is not related on the map, or in another environment, is an incident of its own', () => {
    const step = shop()
    assert.deepEqual(told(step(1, anomaly('payment', 0))), ['opened payment'])
    assert.deepEqual(told(step(2, anomaly('index', 1))), ['opened index'])
    assert.deepEqual(told(step(3, anomaly('payment', 2, { environment: 'stage' }))), ['opened payment'])
  })

  test('services that call each other in a circle have an origin: the one with more evidence', () => {
    const step = shop()
    const changes = step(
      1,
      anomaly('checkout', 0, { severity: 'warning' }),
      anomaly('shipping', 0, { severity: 'critical' }),
    )
    assert.deepEqual(told(changes), ['opened shipping'])
  })

  test('fewer requests to a dependency are an effect, not the origin', () => {
    const step = shop()
    const drop = anomaly('payment', 0, { metric: 'requests', type: 'drop', severity: 'warning' })
    assert.deepEqual(told(step(1, drop, anomaly('checkout', 0))), ['opened checkout'])
  })

  test('only calls of somebody who is not watched go wrong: named in the title', () => {
    const step = shop()
    const [opened] = step(1, anomaly('payment', 0), anomaly('payment', 0, { callee: 'api.bank.example' }))
    assert.equal(opened?.incident.origin.dependency, 'api.bank.example')
    assert.match(opened!.incident.title, /calling api\.bank\.example/)
  })

  test('a warning waits for another, a note and a new problem for an error', () => {
    const step = shop()
    const slow = { metric: 'latency_p95', type: 'regression', severity: 'warning' } as const
    assert.deepEqual(told(step(1, anomaly('payment', 0, slow))), [])
    assert.deepEqual(told(step(2, anomaly('index', 1, slow))), [], 'not related')
    assert.deepEqual(told(step(3, anomaly('checkout', 2, slow))), ['opened payment'])
    const other = shop()
    assert.deepEqual(told(other(1, anomaly('payment', 0, { metric: 'requests', type: 'spike', severity: 'info' }))), [])
    assert.deepEqual(told(other(2, anomaly('payment', 1, { kind: 'problem', type: 'new' }))), [])
    const [opened] = other(3, anomaly('payment', 2))
    assert.equal(opened?.incident.members.length, 3)
  })

  test('where the configuration asks for three findings, two open nothing', () => {
    const step = shop({ rules: [{ service: 'payment', findings: 3 }, { findings: 1 }] })
    assert.deepEqual(told(step(1, anomaly('payment', 0), anomaly('payment', 0, { operation: 'pay' }))), [])
    assert.deepEqual(told(step(2, anomaly('payment', 1, { operation: 'refund' }))), ['opened payment'])
  })

  test('it is resolved when all has been over for a while, opened again within the window, and new after it', () => {
    const step = shop()
    const first = anomaly('payment', 0)
    const [opened] = step(1, first)
    assert.deepEqual(told(step(10, { ...first, until: 9 * MINUTE })), ['updated payment'])
    assert.deepEqual(told(step(12)), [])
    assert.deepEqual(told(step(14)), ['resolved payment'])
    const [again] = step(30, anomaly('payment', 29))
    assert.equal(again?.what, 'reopened')
    assert.equal(again?.incident.id, opened?.incident.id)
    assert.ok(again!.incident.revision > opened!.incident.revision)
    const last = again!.incident.members.at(-1)!
    step(40, { ...last, until: 39 * MINUTE })
    step(45)
    assert.deepEqual(told(step(90, anomaly('payment', 89))), ['opened payment'])
  })

  test('of what was over when it came, the origin is that of all, in whatever parts it comes', () => {
    const step = shop()
    const over = { until: 7 * MINUTE, wasOver: true }
    assert.deepEqual(told(step(9, anomaly('checkout', 0, over))), ['opened checkout'])
    assert.deepEqual(told(step(10, anomaly('payment', 1, over), anomaly('storefront', 1, over))), ['updated payment'])
  })

  test('what begins after all of an incident was over is another one, though it is not resolved yet', () => {
    const step = shop()
    const first = anomaly('payment', 0)
    step(1, first)
    const changes = step(7, { ...first, until: 3 * MINUTE }, anomaly('shipping', 6))
    assert.deepEqual(told(changes), ['updated payment', 'opened shipping'])
  })

  test('what is over takes no blame for what goes on, and when all is over the last word stands', () => {
    const step = shop()
    const [slow, failing] = [anomaly('payment', 0), anomaly('checkout', 2)]
    assert.deepEqual(told(step(1, slow)), ['opened payment'])
    assert.deepEqual(told(step(3, failing)), ['updated payment'])
    assert.deepEqual(told(step(4, { ...slow, until: 3 * MINUTE })), ['updated checkout'])
    assert.deepEqual(told(step(9, { ...failing, until: 8 * MINUTE })), ['updated checkout'])
    assert.deepEqual(told(step(14)), ['resolved checkout'])
  })

  test('numbers that grow are no news; a worse severity is', () => {
    const step = shop()
    const first = anomaly('payment', 0)
    step(1, first)
    assert.deepEqual(told(step(2, { ...first, sentence: 'payment fails more' })), [])
    assert.deepEqual(told(step(3, { ...first, severity: 'critical' })), ['updated payment'])
  })

  test('a storm of five hundred services behind one dependency is one incident', () => {
    const names = Array.from({ length: 500 }, (_, i) => `s${i}`)
    const map = mapOf(names.map(caller => ({ caller, callee: 'db' })))
    const step = shop({}, map)
    const changes = step(1, anomaly('db', 0), ...names.map(name => anomaly(name, 0)))
    assert.deepEqual(told(changes), ['opened db'])
    assert.equal(changes[0]!.incident.members.length, 501)
    assert.ok(changes[0]!.incident.timeline.length <= 200)
  })

  test('who is called no more since its caller fails takes no blame', () => {
    const step = shop()
    const silent = { metric: 'requests', type: 'silence', severity: 'warning' } as const
    const changes = step(
      1,
      anomaly('payment', 0, { ...silent, operation: 'charge' }),
      anomaly('checkout', 0, { ...silent, callee: 'payment' }),
      anomaly('checkout', 0),
    )
    assert.deepEqual(told(changes), ['opened checkout'])
  })

  test('that nobody asks any more is a trouble of its own, whose origin is who calls and is not called', () => {
    const step = shop()
    const failing = anomaly('payment', 0)
    step(1, failing, anomaly('checkout', 0))
    step(9, { ...failing, until: 8 * MINUTE })
    const silent = (service: string) => anomaly(service, 12, { metric: 'requests', type: 'silence' })
    const changes = step(15, silent('payment'), silent('shipping'), silent('storefront'))
    // Of checkout, which still fails, it is the latest; what it calls is explained by it, and who calls it is not.
    assert.deepEqual(told(changes), ['updated checkout', 'opened storefront'])
    assert.equal(changes[0]!.incident.title, 'checkout: requests fail, felt by payment')
    assert.deepEqual(
      rolesOf(changes[1]!.incident, SHOP).map(({ found, role }) => `${found.service} ${role}`),
      ['storefront origin'],
    )
    const apart = shop()(15, silent('payment'), silent('shipping'), silent('storefront'), silent('checkout'))
    assert.deepEqual(told(apart), ['opened storefront'])
    assert.equal(apart[0]!.incident.title, 'storefront: no requests, felt by checkout, payment, shipping')
    assert.deepEqual(
      new Set(rolesOf(apart[0]!.incident, SHOP).map(({ role }) => role)),
      new Set(['origin', 'explained']),
    )
  })

  test('that nobody asks any more does not take over an incident that it joined, though the rest is over', () => {
    const step = shop()
    const [slow, failing] = [anomaly('payment', 0, { metric: 'latency_p95', type: 'spike' }), anomaly('checkout', 0)]
    assert.deepEqual(told(step(1, slow, failing)), ['opened payment'])
    const silent = (service: string) => anomaly(service, 8, { metric: 'requests', type: 'silence' })
    assert.deepEqual(told(step(11, silent('payment'), silent('checkout'))), ['updated payment'])
    const over = { until: 8 * MINUTE }
    assert.deepEqual(told(step(23, { ...slow, ...over }, { ...failing, ...over })), ['updated payment'])
  })

  test('of what ends in one step, the order does not say where it came from', () => {
    for (const order of [0, 1]) {
      const step = shop()
      const both = [anomaly('payment', 0), anomaly('checkout', 0)]
      assert.deepEqual(told(step(1, ...both)), ['opened payment'])
      const over = both.map(one => ({ ...one, until: 5 * MINUTE }))
      const changes = step(9, ...(order === 0 ? over : over.toReversed()))
      assert.deepEqual(told(changes), ['updated payment'])
    }
  })

  test('of two that rest on one another, the one whose calls go wrong has it from the other', () => {
    const slow = { metric: 'latency_p95', type: 'regression' } as const
    // checkout calls shipping, and shipping takes its messages; what checkout tells weighs more.
    const changes = shop()(
      1,
      anomaly('checkout', 0, { ...slow, callee: 'shipping' }),
      anomaly('checkout', 0, { ...slow, severity: 'warning' }),
      anomaly('checkout', 0, { ...slow, severity: 'warning', operation: 'POST /orders' }),
      anomaly('storefront', 0, { ...slow, severity: 'warning', callee: 'checkout' }),
    )
    assert.deepEqual(told(changes), ['opened shipping'])
  })

  test('an earlier trouble that still goes on gives neither the reason nor the time of the one that is felt', () => {
    const problem = { metric: 'records', type: 'spike' } as const
    const decoy = anomaly('payment', 0, { ...problem, fingerprint: 'aa', sentence: 'the gateway times out' })
    const guilty = anomaly('payment', 9, { ...problem, fingerprint: 'bb', sentence: 'no such field' })
    const slow = { metric: 'latency_p95', type: 'regression', severity: 'warning' } as const
    const elsewhere = anomaly('shipping', 1, slow)
    const [opened] = shop()(10, decoy, elsewhere, guilty, anomaly('payment', 9), anomaly('checkout', 8))
    assert.equal(opened!.incident.title, 'payment: requests fail, felt by checkout, shipping')
    assert.equal(opened!.incident.origin.because.fingerprint, 'bb')
    assert.equal(opened!.incident.since, 8 * MINUTE, 'with the first caller that felt it')
    assert.equal(feltIn(opened!.incident).since, 9 * MINUTE)
  })

  test('calls of a host outside that were over before requests failed are not named in the title', () => {
    const slow = { metric: 'latency_p95', type: 'spike' } as const
    const over = { until: 15 * MINUTE, wasOver: true }
    const decoy = anomaly('payment', 0, { ...slow, callee: 'api.bank.example', until: 4 * MINUTE, wasOver: true })
    const problem = anomaly('payment', 9, { ...over, metric: 'records', type: 'spike', fingerprint: 'bb' })
    const [opened] = shop()(16, anomaly('payment', 0, slow), decoy, problem, anomaly('payment', 9, over))
    assert.equal(opened!.incident.members.length, 4)
    assert.equal(opened!.incident.title, 'payment: requests fail')
  })

  test('an incident that was opened keeps its beginning when another trouble joins it, and is felt by that one', () => {
    const step = shop()
    const [early, late] = [anomaly('payment', 0), anomaly('payment', 9, { operation: 'refund' })]
    assert.equal(step(1, early)[0]!.incident.since, 0)
    const changes = step(10, { ...early, until: 8 * MINUTE }, late)
    assert.deepEqual(told(changes), ['updated payment'])
    assert.equal(changes[0]!.incident.since, 0)
    assert.equal(feltIn(changes[0]!.incident).id, late.id, 'what was over before it is no reason for it')
  })

  test('slowness of the same service that became failures is their beginning', () => {
    const slow = { metric: 'latency_p95', type: 'regression', severity: 'warning' } as const
    const [opened] = shop()(10, anomaly('payment', 2, slow), anomaly('payment', 9))
    assert.equal(opened!.incident.since, 2 * MINUTE)
    assert.equal(feltIn(opened!.incident).since, 9 * MINUTE)
  })
})
