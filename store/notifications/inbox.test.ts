import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { readFinding } from '../../pipeline/model/index.ts'
import { findingRecord } from '../../pipeline/testing/findings.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { connect } from '../connect.ts'
import { lockDestination } from './accept.ts'
import { createInbox } from './inbox.ts'

const accepted = (id: string) => {
  const record = findingRecord({ event: 'problem.new', id, title: id, since: '2026-11-30T10:00:00.000Z' })
  return { finding: readFinding(record, id), routing: {} }
}
/** The outbox has no such state. */
const REFUSED = { ...accepted('refused'), finding: { ...accepted('refused').finding, state: 'unheard of' as never } }

test('a burst of findings waits on one connection, and one that cannot be stored refuses no other', async t => {
  const { database } = await createDatabase()
  const [leader, watcher] = [await connect(database.connection('owner')), await connect(database.connection('owner'))]
  t.after(() => Promise.all([leader.end(), watcher.end()]))
  await leader.query('BEGIN')
  await lockDestination(leader, 'log')
  const inbox = createInbox(database, 'log', () => new Date('2026-11-30T10:00:00Z'))
  const batches = Array.from({ length: 60 }, (_, i) => (i === 30 ? REFUSED : accepted(`p-${i}`)))
  const taken = Promise.allSettled(batches.map(batch => inbox.take([batch])))
  const held = async () => {
    const { rows } = await watcher.query<{ held: number; waiting: number }>(
      `SELECT count(*)::int - 2 AS held, count(*) FILTER (WHERE wait_event = 'advisory')::int AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND backend_type = 'client backend'`,
    )
    return rows[0]!
  }
  while ((await held()).waiting === 0) await pause(20)
  assert.equal((await held()).held, 1)
  await leader.query('COMMIT')
  const outcomes = (await taken).map(({ status }, i) => (status === 'rejected' ? i : -1)).filter(i => i >= 0)
  assert.deepEqual(outcomes, [30])
  const { rows } = await leader.query(`SELECT count(*)::int AS n FROM notification_findings WHERE destination = 'log'`)
  assert.equal(rows[0].n, 59)
})
