import assert from 'node:assert/strict'
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { encodeLogs } from '../otlp/requests.ts'
import { until } from '../real/stock-collector.ts'
import { freePorts, type SensoriumProcess, startSensorium } from '../sensorium-process.ts'
import { smallDisk } from '../small-disk.ts'

const MIB = 1024 * 1024
const RECORDS = 1_000
const PATIENCE_MS = 60_000
const DISK_MIB = 300
/** Somebody else's files, which will make room when they go. */
const FOREIGN_MIB = 100

function request(n: number): Uint8Array<ArrayBuffer> {
  const logRecords = Array.from({ length: RECORDS }, (_, i) => ({
    body: { stringValue: `request ${n} record ${i} ${'lorem ipsum dolor sit amet '.repeat(8)}${n * 7919 + i}` },
  }))
  return new Uint8Array(encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }))
}

interface Load {
  sent: number
  acknowledged: number
  refusals: { status: number; text: string; retryAfter: string | null }[]
}

/** Sends until a request is refused, each of its bytes again until it is taken or `attempts` are used up. */
async function sendUntilRefused({ ports }: SensoriumProcess, load: Load, limit: number): Promise<void> {
  for (let n = 0; n < limit; n++) {
    const response = await fetch(`http://127.0.0.1:${ports.http}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: request(load.sent++),
    })
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
    if (response.status === 200) load.acknowledged += RECORDS
    else {
      load.refusals.push({ status: response.status, text, retryAfter: response.headers.get('retry-after') })
      return
    }
  }
}

async function books(database: number, folder: string): Promise<{ logs: number; unaccounted: number; stored: number }> {
  const password = JSON.parse(readFileSync(join(folder, 'data/credentials.json'), 'utf8')).owner as string
  const client = new pg.Client(`postgres://sensorium:${password}@127.0.0.1:${database}/sensorium`)
  await client.connect()
  try {
    const { rows } =
      await client.query(`SELECT (SELECT count(*)::int FROM application_logs WHERE message LIKE 'request %') AS logs,
      coalesce(sum(unaccounted), 0)::int AS unaccounted,
      coalesce(sum(stored) FILTER (WHERE receiver = 'otlp' AND signal = 'logs'), 0)::int AS stored FROM ingest_accounting`)
    return rows[0]
  } finally {
    await client.end()
  }
}

test('a disk of 300 MB that fills up: senders are asked to wait with the reason, nothing is lost, and it goes on by itself', async t => {
  const folder = smallDisk(t, DISK_MIB, import.meta.filename)
  if (folder === undefined) return
  const foreign = join(folder, 'foreign')
  writeFileSync(foreign, Buffer.alloc(FOREIGN_MIB * MIB, 1))
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { SENSORIUM_DATA_DIR: join(folder, 'data') } })
  t.after(() => sensorium.end('SIGKILL'))
  const readyz = async () => {
    const response = await fetch(`http://127.0.0.1:${ports.application}/readyz`)
    return { status: response.status, text: await response.text() }
  }
  const load: Load = { sent: 0, acknowledged: 0, refusals: [] }
  await sendUntilRefused(sensorium, load, 1_000)
  const [refusal] = load.refusals
  assert.ok(refusal, 'the disk filled up')
  assert.equal(refusal.status, 503)
  assert.match(refusal.text, /the disk of .* has \d+ of 300 MiB left.*min_free_mib/)
  assert.equal(refusal.retryAfter, '5')
  const unready = await readyz()
  assert.equal(unready.status, 503)
  assert.match(unready.text, /"disk":"the disk of/)
  const { bavail, bsize } = statfsSync(folder)
  assert.ok(bavail * bsize > 20 * MIB, `only ${bavail * bsize} bytes are left`)
  await until(PATIENCE_MS, 'the log says what to do', async () => /sensorium store compact/.test(sensorium.output()))

  // Somebody else takes the rest: now it is full to the last byte.
  try {
    for (let i = 0; i < 300; i++) writeFileSync(join(folder, `filler-${i}`), Buffer.alloc(MIB, 1))
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  }
  await sendUntilRefused(sensorium, load, 5)
  assert.ok((load.refusals.at(-1)?.status ?? 0) >= 429)

  for (let i = 0; i < 300; i++) rmSync(join(folder, `filler-${i}`), { force: true })
  rmSync(foreign)
  await until(PATIENCE_MS, 'it is ready again', async () => (await readyz()).status === 200)
  const before = load.acknowledged
  await sendUntilRefused(sensorium, load, 5)
  assert.equal(load.acknowledged - before, 5 * RECORDS)
  const { logs, unaccounted, stored } = await books(ports.database, folder)
  assert.deepEqual(
    { logs, unaccounted, stored },
    { logs: load.acknowledged, unaccounted: 0, stored: load.acknowledged },
  )
})
