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
    await client.query(`INSERT INTO notification_tellings VALUES ('slack', 'f-1', 1, 'new', 0, 'n-1')`)
  })
  await backUp(from.database, file)
  await restore(to.database, file)
  const { rows } = await withClient(to.database, 'owner', client =>
    client.query('SELECT finding_id, state FROM notification_tellings JOIN notifications USING (notification_id)'),
  )
  assert.deepEqual(rows, [{ finding_id: 'f-1', state: 'waiting' }])
})
