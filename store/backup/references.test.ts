import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { createDatabase } from '../../tests/postgres.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { withClient } from '../connect.ts'
import { backUp } from './dump.ts'
import { restore } from './restore.ts'

test('rows that refer to others come back, whatever their tables are called', async () => {
  const file = path.join(temporaryFolder('references'), 'backup')
  const [from, to] = [await createDatabase(), await createDatabase()]
  await withClient(from.database, 'owner', async client => {
    await client.query(`INSERT INTO notifications (notification_id, destination, group_key, change, content, created_at, next_attempt_at)
      VALUES ('n-1', 'slack', 'g', 'new', '{}', now(), now())`)
    // Three deep: a hypothesis of a report that was made with some weights.
    await client.query(`
      INSERT INTO reports (id, trigger_kind, trigger_id, series, title, severity, environment, service, triggered_at, window_from,
        window_to, text, weights_version, took_ms, created_at, updated_at)
      SELECT 'r-1', 'incident', 'i-1', 's', 'pay fails', 'error', 'prod', 'pay', now(), now(), now(), 'pay fails', max(version), 1, now(), now()
      FROM evidence_weights`)
    await client.query(`
      INSERT INTO hypotheses (report_id, place, kind, name, since, confidence, because, against, confirm, path, shared, points)
      VALUES ('r-1', 1, 'code_change', 'pay', now(), 0.8, '[]', '[]', '', '[]', '[]', '{}')`)
    await client.query(`INSERT INTO notification_tellings VALUES ('slack', 'f-1', 1, 'new', 0, 'n-1')`)
  })
  await backUp(from.database, file)
  await restore(to.database, file)
  const { rows } = await withClient(to.database, 'owner', client =>
    client.query('SELECT finding_id, state FROM notification_tellings JOIN notifications USING (notification_id)'),
  )
  assert.deepEqual(rows, [{ finding_id: 'f-1', state: 'waiting' }])
  const reports = await withClient(to.database, 'owner', client =>
    client.query(
      'SELECT name, title FROM hypotheses JOIN reports ON reports.id = report_id JOIN evidence_weights ON version = weights_version',
    ),
  )
  assert.deepEqual(reports.rows, [{ name: 'pay', title: 'pay fails' }])
})
