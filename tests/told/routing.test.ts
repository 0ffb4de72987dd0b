import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import type { Definition } from '../../pipeline/component.ts'
import { DeliveryError } from '../../pipeline/destination.ts'
import type { FindingChange, FindingSeverity, LogRecord, Notification } from '../../pipeline/model/index.ts'
import { type FindingInput, findingRecord } from '../../pipeline/testing/findings.ts'
import { assign } from '../../processors/assign/index.ts'
import { group } from '../../processors/group/index.ts'
import { inhibit } from '../../processors/inhibit/index.ts'
import { mute } from '../../processors/mute/index.ts'
import { route } from '../../processors/route/index.ts'
import { silence } from '../../processors/silence/index.ts'
import { connect } from '../../store/connect.ts'
import { listOpenFindings } from '../../store/notifications/list.ts'
import { addSilence, endSilence } from '../../store/notifications/silences.ts'
import { openOutbox, START } from './outbox.ts'
import { pipelineOf } from './pipeline.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const ALL: readonly FindingChange[] = ['new', 'escalated', 'acknowledged', 'update', 'again', 'resolved']

type Processors = readonly (readonly [Definition, object])[]

/** Real processors, the real store, and somebody who keeps what he is told. */
async function open(t: TestContext, processors: Processors, startMs = START) {
  const told: Notification[] = []
  const outbox = await openOutbox(
    {
      wants: new Set(ALL),
      recognisesRepeats: false,
      deliver: async notification => {
        told.push(notification)
        return { answer: 'taken' }
      },
    },
    'people',
    startMs,
  )
  t.after(() => outbox.close())
  const run = pipelineOf(processors, outbox.database)
  const iso = () => new Date(outbox.now()).toISOString()
  const send = async (...records: readonly LogRecord[]) => outbox.accept(...(await run(...records)))
  /** A record of this moment. */
  const record = (given: Omit<FindingInput, 'at'>) => findingRecord({ since: iso(), ...given, at: iso() })
  const find = (given: Omit<FindingInput, 'at'>) => send(record(given))
  return { told, outbox, send, find, record, iso, pass: outbox.pass }
}

/** All that a careful team has in its pipeline. */
const EVERYTHING: Processors = [
  [
    assign,
    {
      rules: [
        { matchers: ['service=~"s[0-4].*"'], owner: 'left' },
        { matchers: ['service=~"s.*"'], owner: 'right' },
      ],
    },
  ],
  [
    inhibit,
    {
      inhibit_rules: [
        { source_matchers: ['kind="incident"'], target_matchers: ['kind="anomaly"'], equal: ['service'] },
      ],
    },
  ],
  [route, { matchers: ['severity=~"error|critical"'] }],
  [silence, {}],
  [
    mute,
    {
      mute_time_intervals: [{ times: [{ start_time: '22:00', end_time: '07:00' }] }],
      matchers: ['severity!="critical"'],
    },
  ],
  [group, {}],
]

test('a storm of 500 services at once is a handful of messages, each of bounded size, and so is its end', async t => {
  const { told, outbox, send, record, pass } = await open(t, EVERYTHING)
  const services = Array.from({ length: 500 }, (_, i) => `s${i}`)
  const storm = (event: string) =>
    services.map(service =>
      record({ event, id: `a-${service}`, kind: 'anomaly', service, title: `errors in ${service}` }),
    )
  await send(...storm('anomaly.started'))
  await pass(20 * MINUTE)
  assert.equal(told.length, 2, 'one for each owner')
  const firing = told.map(({ counts }) => counts.firing)
  assert.equal(firing[0]! + firing[1]!, 500, 'all are counted')
  assert.ok(told.every(one => one.more > 0 && one.findings.length <= 12 && JSON.stringify(one).length < 40_000))
  const { rows } = await outbox.client.query('SELECT count(DISTINCT finding_id)::int AS n FROM notification_tellings')
  assert.equal(rows[0].n, 500, 'and it is known by which message each was told')
  await send(...storm('anomaly.ended'))
  await pass(30 * MINUTE)
  assert.deepEqual(
    told.slice(2).map(({ change, counts }) => [change, counts.firing]),
    [
      ['resolved', 0],
      ['resolved', 0],
    ],
  )
})

test('a flapping series pages once, whatever its rhythm, and is over when it stays quiet', async t => {
  for (const [on, off] of [
    [MINUTE, MINUTE],
    [3 * MINUTE, 2 * MINUTE],
    [7 * MINUTE, 9 * MINUTE],
    [40 * SECOND, 6 * MINUTE],
  ] as const) {
    const { told, find, pass } = await open(t, EVERYTHING)
    let episode = 0
    for (let ms = 0; ms < 3 * HOUR; ms += on + off) {
      // Each episode is a finding of its own.
      await find({ event: 'anomaly.started', id: `flap-${++episode}`, kind: 'anomaly' })
      await pass(on, 20 * SECOND)
      await find({ event: 'anomaly.ended', id: `flap-${episode}`, kind: 'anomaly' })
      await pass(off, 20 * SECOND)
    }
    const pages = told.filter(({ change }) => change === 'new')
    assert.equal(pages.length, 1, `${on / SECOND} s on, ${off / SECOND} s off: ${told.map(({ change }) => change)}`)
    assert.ok(told.length <= 2, 'beside it at most one that it lasts')
    await pass(5 * HOUR, MINUTE)
    assert.equal(told.at(-1)?.change, 'resolved')
    assert.equal(told.filter(({ change }) => change === 'resolved').length, 1)
  }
})

test('in a maintenance window nobody is told, of 500 services neither; what lasts longer is told after it', async t => {
  const { told, outbox, send, record, pass } = await open(t, EVERYTHING)
  await addSilence(outbox.client, {
    kind: 'maintenance',
    matchers: ['environment="prod"'],
    startsAt: new Date(START),
    endsAt: new Date(START + 2 * HOUR),
    createdBy: 'ada',
    reason: 'the database moves',
  })
  const all = (event: string) =>
    Array.from({ length: 500 }, (_, i) => record({ event, id: `a-${i}`, kind: 'anomaly', service: `s${i}` }))
  await send(...all('anomaly.started'))
  await pass(30 * MINUTE)
  await send(...all('anomaly.ended'))
  await send(
    record({ event: 'problem.new', id: 'p-1' }),
    record({ event: 'slo.burn.started', id: 'slo-1', severity: 'critical' }),
  )
  await pass(85 * MINUTE)
  assert.equal(told.length, 0)
  await pass(15 * MINUTE)
  assert.deepEqual(
    told.map(({ findings }) => findings.map(({ finding }) => finding.id)),
    [['slo-1']],
  )
})

test('a silence holds for what matches, from when it is made, repeats included, and no longer than it is to', async t => {
  const { told, outbox, find, pass } = await open(t, [
    [silence, {}],
    [group, { group_by: ['service'], repeat_interval: '1h' }],
  ])
  await find({ event: 'anomaly.started', id: 'a', service: 'shop' })
  await pass(MINUTE)
  assert.equal(told.length, 1)
  const id = await addSilence(outbox.client, {
    kind: 'silence',
    matchers: ['service=~"shop|cart"', 'severity!="critical"'],
    startsAt: new Date(START),
    endsAt: new Date(START + 48 * HOUR),
    createdBy: 'ada',
    reason: 'known',
  })
  await find({ event: 'anomaly.started', id: 'b', service: 'cart' })
  await find({ event: 'anomaly.started', id: 'c', service: 'other' })
  await find({ event: 'anomaly.started', id: 'd', service: 'cart', severity: 'critical' })
  await pass(3 * HOUR)
  const by = (service: string) => told.slice(1).filter(({ labels }) => labels.service === service)
  assert.equal(by('shop').length, 0, 'no repeats while it is silent')
  assert.deepEqual(
    new Set(by('cart').flatMap(({ findings }) => findings.map(({ finding }) => finding.id))),
    new Set(['d']),
  )
  assert.ok(by('other').length >= 3, 'the others are told, and again')
  await outbox.client.query(
    "UPDATE silences SET starts_at = now() - interval '1 min', ends_at = now() + interval '1 day'",
  )
  await endSilence(outbox.client, id, 'ada')
  await outbox.client.query('UPDATE silences SET starts_at = $1, ends_at = $2', [
    new Date(START),
    new Date(outbox.now()),
  ])
  await pass(6 * MINUTE)
  assert.equal(by('shop').length, 1, 'it still lasts, so it is told again')
})

test('quiet hours hold back all but what is critical; in the morning one message tells what lasts and what was new', async t => {
  const evening = Date.parse('2026-11-30T21:30:00.000Z')
  const { told, find, pass } = await open(t, EVERYTHING, evening)
  await pass(45 * MINUTE)
  await find({ event: 'anomaly.started', id: 'lasts', service: 's1' })
  await find({ event: 'anomaly.started', id: 'ends', service: 's2' })
  await find({ event: 'problem.new', id: 'new', service: 's3' })
  await find({ event: 'slo.burn.started', id: 'bad', service: 's9', severity: 'critical' })
  await pass(HOUR, MINUTE)
  await find({ event: 'anomaly.ended', id: 'ends', service: 's2' })
  assert.deepEqual(
    told.map(({ findings }) => findings.map(({ finding }) => finding.id)),
    [['bad']],
  )
  await pass(9 * HOUR, MINUTE)
  const morning = told
    .filter(({ at }) => at > '2026-12-01T06:59' && at < '2026-12-01T08:00')
    .filter(({ change }) => change === 'new')
  assert.deepEqual(
    morning.map(({ findings }) => findings.map(({ finding }) => finding.id).sort()),
    [['lasts', 'new']],
  )
})

test('an incident explains the anomalies of its service: they are not told, whichever comes first', async t => {
  const rules = [
    { source_matchers: ['kind="incident"'], target_matchers: ['kind=~"anomaly|incident"'], equal: ['service'] },
  ]
  // Sources are seen before they are left out: this pipeline is told of anomalies alone.
  const { told, find, pass } = await open(t, [
    [inhibit, { inhibit_rules: rules }],
    [route, { matchers: ['kind="anomaly"'] }],
    [group, { group_by: ['service'] }],
  ])
  await find({ event: 'anomaly.started', id: 'a', service: 'shop' })
  await find({ event: 'anomaly.started', id: 'b', service: 'other' })
  await pass(10 * SECOND)
  await find({ event: 'incident.opened', id: 'i', kind: 'incident', service: 'shop', revision: 1 })
  await pass(20 * MINUTE)
  assert.deepEqual(
    told.map(({ labels }) => labels.service),
    ['other'],
  )
  await find({ event: 'incident.resolved', id: 'i', kind: 'incident', service: 'shop', revision: 2 })
  await pass(10 * MINUTE)
  assert.deepEqual(
    told.map(({ labels }) => labels.service),
    ['other', 'shop'],
    'the anomaly outlasts what explained it',
  )
})

for (const file of ['slack.yaml', 'email.yaml']) {
  test(`as config/alerting/${file} has it, an incident explains anomalies and burns of callers, and problems of its service`, async t => {
    const text = readFileSync(path.resolve(import.meta.dirname, '../../config/alerting', file), 'utf8')
    const { processors } = parse(text) as { processors: Record<string, object> } // the file is ours
    const [, settings] = Object.entries(processors).find(([id]) => id.split('/')[0] === 'inhibit')!
    const { told, find, pass } = await open(t, [
      [inhibit, settings],
      [group, { group_by: ['service'] }],
    ])
    await find({ event: 'anomaly.started', id: 'a', kind: 'anomaly', service: 'checkout' })
    await find({ event: 'slo.burn.started', id: 'b', kind: 'slo', service: 'storefront' })
    await find({ event: 'problem.new', id: 'p', kind: 'problem', service: 'payment' })
    await find({ event: 'problem.new', id: 'q', kind: 'problem', service: 'storefront' })
    await find({ event: 'incident.opened', id: 'i', kind: 'incident', service: 'payment', revision: 1 })
    await pass(20 * MINUTE, MINUTE)
    assert.deepEqual(told.flatMap(({ findings }) => findings.map(({ finding }) => finding.id)).sort(), ['i', 'q'])
  })
}

test('two findings that could each hold back the other are both told', async t => {
  const rules = [
    { source_matchers: ['severity="critical"'], target_matchers: ['kind="anomaly"'], equal: ['environment'] },
  ]
  const { told, send, record, pass } = await open(t, [
    [inhibit, { inhibit_rules: rules }],
    [group, { group_by: ['service'] }],
  ])
  await send(...['a', 'b'].map(id => record({ event: 'anomaly.started', id, service: id, severity: 'critical' })))
  await pass(MINUTE)
  assert.equal(told.length, 2)
})

test('what lasts is told again once a repeat interval, until somebody acknowledges it', async t => {
  const { told, find, pass } = await open(t, [[group, { repeat_interval: '1h' }]])
  const incident = { id: 'i', kind: 'incident', since: new Date(START).toISOString() }
  await find({ ...incident, event: 'incident.opened', revision: 1 })
  await pass(3 * HOUR + 10 * MINUTE, MINUTE)
  assert.deepEqual(
    told.map(({ change }) => change),
    ['new', 'again', 'again', 'again'],
  )
  await find({ ...incident, event: 'incident.acknowledged', revision: 2 })
  await pass(5 * HOUR, MINUTE)
  assert.deepEqual(
    told.slice(4).map(({ change }) => change),
    ['acknowledged'],
  )
  await find({ ...incident, event: 'incident.resolved', revision: 3 })
  await pass(5 * HOUR, MINUTE)
  assert.deepEqual(
    told.slice(5).map(({ change, thread }) => [change, thread]),
    [['resolved', told[0]!.thread]],
  )
})

test('a finding that comes again, late or from two replicas, is told once; a later revision is an update', async t => {
  const { told, send, record, pass } = await open(t, [[group, { group_wait: '0s', group_interval: '10s' }]])
  const opened = record({ event: 'incident.opened', id: 'i', revision: 1 })
  const updated = record({ event: 'incident.updated', id: 'i', revision: 2 })
  assert.deepEqual(await Promise.all([send(opened), send(opened)].map(async n => n)).then(ns => ns.sort()), [0, 1])
  await pass(MINUTE)
  await send(updated, updated)
  await send(opened)
  await pass(MINUTE)
  assert.equal(await send(updated), 0)
  await pass(HOUR)
  assert.deepEqual(
    told.map(({ change }) => change),
    ['new', 'update'],
  )
})

test('what is worse than all that a group was told waits for no interval, what is not does', async t => {
  const { told, find, pass } = await open(t, [[group, { group_by: ['environment'] }]])
  const opened = (id: string, severity: FindingSeverity) =>
    find({ event: 'incident.opened', id, kind: 'incident', revision: 1, severity })
  const news = () =>
    told.map(({ findings }) =>
      findings
        .filter(one => one.change === 'new')
        .map(one => one.finding.id)
        .sort(),
    )
  await opened('slow', 'warning')
  await pass(MINUTE)
  await opened('slow too', 'warning')
  await pass(MINUTE)
  await opened('down', 'critical')
  await pass(MINUTE)
  assert.deepEqual(news(), [['slow'], ['down', 'slow too']])
  await opened('down too', 'critical')
  await pass(3 * MINUTE)
  assert.equal(told.length, 2)
  await pass(3 * MINUTE)
  assert.deepEqual(news()[2], ['down too'])
})

test('what gets worse is told as that, and something new beside it joins the same thread', async t => {
  const { told, find, pass } = await open(t, [[group, {}]])
  const since = new Date(START).toISOString()
  await find({ event: 'incident.opened', id: 'i', kind: 'incident', revision: 1, severity: 'warning', since })
  await pass(MINUTE)
  await find({ event: 'incident.updated', id: 'i', kind: 'incident', revision: 2, severity: 'critical', since })
  await pass(10 * MINUTE)
  await find({ event: 'node.lost', id: 'n' })
  await pass(10 * MINUTE)
  assert.deepEqual(
    told.map(({ change, number }) => [change, number]),
    [
      ['new', 1],
      ['escalated', 2],
      ['new', 3],
    ],
  )
  assert.equal(new Set(told.map(({ thread }) => thread)).size, 1)
})

test('a log record that is no finding is told once, as an event', async t => {
  const { told, send, pass } = await open(t, [[group, {}]])
  const { attributes: _, ...plain } = findingRecord({ event: '', id: 'x', body: 'disk is full\non /var' })
  await send({ ...plain, attributes: new Map() })
  await pass(6 * HOUR, MINUTE)
  assert.deepEqual(
    told.map(({ change, findings }) => [change, findings[0]?.finding.title]),
    [['new', 'disk is full']],
  )
})

test('whose message waits or was refused was not told', async t => {
  let isAway = true
  const outbox = await openOutbox(
    {
      wants: new Set(ALL),
      recognisesRepeats: true,
      deliver: async () => {
        if (isAway) throw new DeliveryError('unsent', 'away')
        return { answer: 'taken' }
      },
    },
    'people',
    START,
  )
  t.after(() => outbox.close())
  const client = await connect(outbox.database.connection('owner'))
  t.after(() => client.end())
  const told = async () => (await listOpenFindings(client)).map(({ told_at }) => told_at !== null)
  const at = new Date(outbox.now()).toISOString()
  await outbox.accept(findingRecord({ event: 'incident.opened', id: 'i', kind: 'incident', since: at, at }))
  await outbox.pass(MINUTE)
  assert.deepEqual(await told(), [false])
  isAway = false
  await outbox.pass(10 * MINUTE)
  assert.deepEqual(await told(), [true])
})
