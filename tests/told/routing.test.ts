import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { assign } from '../../processors/assign/index.ts'
import { group } from '../../processors/group/index.ts'
import { inhibit } from '../../processors/inhibit/index.ts'
import { mute } from '../../processors/mute/index.ts'
import { route } from '../../processors/route/index.ts'
import { silence } from '../../processors/silence/index.ts'
import { addSilence, endSilence } from '../../store/notifications/silences.ts'
import { START } from './outbox.ts'
import { HOUR, MINUTE, openPeople, type Processors, SECOND } from './people.ts'

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
  const { told, outbox, send, record, pass } = await openPeople(t, EVERYTHING)
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
    const { told, find, pass } = await openPeople(t, EVERYTHING)
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
  const { told, outbox, send, record, pass } = await openPeople(t, EVERYTHING)
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
  const { told, outbox, find, pass } = await openPeople(t, [
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
  const { told, find, pass } = await openPeople(t, EVERYTHING, evening)
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
  const { told, find, pass } = await openPeople(t, [
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
    const { told, find, pass } = await openPeople(t, [
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
  const { told, send, record, pass } = await openPeople(t, [
    [inhibit, { inhibit_rules: rules }],
    [group, { group_by: ['service'] }],
  ])
  await send(...['a', 'b'].map(id => record({ event: 'anomaly.started', id, service: id, severity: 'critical' })))
  await pass(MINUTE)
  assert.equal(told.length, 2)
})
