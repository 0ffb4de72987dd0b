import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { backUp } from '../../store/backup/dump.ts'
import { restore } from '../../store/backup/restore.ts'
import { withClient } from '../../store/connect.ts'
import type { Store } from '../../store/open.ts'
import { encodeLogs } from '../otlp/requests.ts'
import { createDatabase } from '../postgres.ts'
import { freePort } from '../postgres-server.ts'
import { until } from '../real/stock-collector.ts'
import { environmentOf, freePorts, ROOT, startSensorium } from '../sensorium-process.ts'

const RECORDS = 200
const PATIENCE_MS = 60_000

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sensorium-backup-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Sends requests one after the other until `stop`, and returns how many records were acknowledged. */
function send(port: number, from: number): { acknowledged(): number; stop(): Promise<number> } {
  let isStopped = false
  let acknowledged = 0
  const sending = (async () => {
    for (let n = from; !isStopped; n++) {
      const logRecords = Array.from({ length: RECORDS }, (_, i) => ({
        body: { stringValue: `request ${n} record ${i}` },
      }))
      const response = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })),
      })
      await response.arrayBuffer()
      if (response.status === 200) acknowledged += RECORDS
    }
    return acknowledged
  })()
  return {
    acknowledged: () => acknowledged,
    stop: () => {
      isStopped = true
      return sending
    },
  }
}

const BOOKS = `SELECT (SELECT count(*)::int FROM application_logs WHERE message LIKE 'request %') AS logs,
  (SELECT sum(stored)::int FROM ingest_accounting WHERE receiver = 'otlp' AND signal = 'logs') AS stored,
  (SELECT coalesce(sum(abs(unaccounted)), 0)::int FROM ingest_accounting) AS unaccounted`

async function books(store: Store): Promise<{ logs: number; stored: number; unaccounted: number }> {
  return withClient(store, 'owner', async owner => (await owner.query(BOOKS)).rows[0])
}

test('a backup under load is of one moment: restored, rows and ledger agree, and everything from before it is there', async t => {
  const file = join(folderOf(t), 'sensorium.backup')
  const { url, database } = await createDatabase()
  const { database: copy } = await createDatabase()
  const sensorium = await startSensorium({ ports: await freePorts(), environment: { DATABASE_URL: url } })
  t.after(() => sensorium.end('SIGKILL'))
  const before = send(sensorium.ports.http, 0)
  await until(PATIENCE_MS, 'some are stored', async () => before.acknowledged() >= 5 * RECORDS)
  const first = await before.stop()
  const during = send(sensorium.ports.http, 1_000_000)
  const counts = await backUp(database, file)
  const acknowledged = first + (await during.stop())
  await sensorium.end('SIGTERM')
  assert.equal(statSync(file).mode & 0o777, 0o600)

  assert.deepEqual(await restore(copy, file), counts)
  const restored = await books(copy)
  assert.equal(restored.logs, restored.stored)
  assert.equal(restored.unaccounted, 0)
  assert.ok(restored.logs >= first && restored.logs <= acknowledged, `${first} ≤ ${restored.logs} ≤ ${acknowledged}`)
  // It is a database like any other: nothing lies in a default partition, and a second restore is refused.
  await assert.rejects(restore(copy, file), /holds rows already/)
})

test('a damaged file leaves the database as it was', async t => {
  const file = join(folderOf(t), 'sensorium.backup')
  const { database } = await createDatabase()
  const { database: copy } = await createDatabase()
  await withClient(database, 'owner', owner =>
    owner.query(`INSERT INTO ingest_ledger (batch_id, receiver, signal, received, stored)
      SELECT n::text || md5(n::text), 'otlp', 'logs', 1, 1 FROM generate_series(1, 20000) n`),
  )
  await backUp(database, file)
  truncateSync(file, statSync(file).size - 1_000)
  await assert.rejects(restore(copy, file), /no whole backup/)
  writeFileSync(`${file}.2`, 'not a backup')
  await assert.rejects(restore(copy, `${file}.2`), /no whole backup/)
  await assert.rejects(restore(copy, join(folderOf(t), 'missing')), /no such file/)
  const { rows } = await withClient(copy, 'owner', owner => owner.query('SELECT FROM ingest_ledger'))
  assert.deepEqual(rows, [])
})

test('the page on backups works as written', async t => {
  const folder = folderOf(t)
  const ports = await freePorts()
  const environment = { ...environmentOf(ports), SENSORIUM_DATA_DIR: join(folder, 'data') }
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGKILL'))
  const sending = send(sensorium.ports.http, 0)
  const page = readFileSync(join(ROOT, 'docs/operations/backup.md'), 'utf8')
  const [backup = '', embedded = '', own = ''] = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block)
  // The page is for a checkout, where npx knows the program; here what it writes lands in a folder of its own.
  const npx = `#!/bin/sh\n[ "$1" = sensorium ] || exit 2\nshift\nexec ${process.execPath} ${ROOT}/bin/sensorium.mjs "$@"\n`
  writeFileSync(join(folder, 'npx'), npx, { mode: 0o755 })
  const run = async (script: string) => {
    const env = { ...process.env, ...environment, PATH: `${folder}:${process.env.PATH}` }
    return (await promisify(execFile)('bash', ['-euc', script], { cwd: folder, env })).stdout
  }
  assert.match(await run(backup), /backed up: .*sensorium\.backup/)
  const acknowledged = await sending.stop()
  await sensorium.end('SIGTERM')

  const port = String(await freePort())
  const output = await run(embedded.replace('54339', port))
  assert.match(output, /restored: /)
  assert.match(output, /otlp +logs +\d+ +0/)
  const { url, database: copy } = await createDatabase()
  assert.ok(own.includes('postgres://postgres@127.0.0.1:5432/restored'))
  await run(own.replace('postgres://postgres@127.0.0.1:5432/restored', url))
  const restored = await books(copy)
  assert.equal(restored.logs, restored.stored)
  assert.ok(restored.logs > 0 && restored.logs <= acknowledged)
})
