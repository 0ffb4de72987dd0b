import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeliveryError } from '../../pipeline/destination.ts'
import type { FindingSeverity } from '../../pipeline/model/index.ts'
import { findingRecord } from '../../pipeline/testing/findings.ts'
import { group } from '../../processors/group/index.ts'
import { connect } from '../../store/connect.ts'
import { listOpenFindings } from '../../store/notifications/list.ts'
import { openOutbox, START } from './outbox.ts'
import { ALL, HOUR, MINUTE, openPeople } from './people.ts'

test('what lasts is told again once a repeat interval, until somebody acknowledges it', async t => {
  const { told, find, pass } = await openPeople(t, [[group, { repeat_interval: '1h' }]])
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
  const { told, send, record, pass } = await openPeople(t, [[group, { group_wait: '0s', group_interval: '10s' }]])
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
  const { told, find, pass } = await openPeople(t, [[group, { group_by: ['environment'] }]])
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
  const { told, find, pass } = await openPeople(t, [[group, {}]])
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
  const { told, send, pass } = await openPeople(t, [[group, {}]])
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
