import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { encodeLogs } from '../otlp/requests.ts'
import { environmentOf, freePorts, runCommand, type SensoriumProcess, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const REQUESTS = 240
const RECORDS = 25
const SENDERS = 8
/** What a polite sender waits after a refusal. Not a wait for a condition: the next try decides. */
const BACK_OFF_MS = 50

/** Request `n` holds the records n * RECORDS …, each with its number as body. */
function request(n: number): Buffer {
  const logRecords = Array.from({ length: RECORDS }, (_, i) => ({
    timeUnixNano: BigInt(Date.UTC(2026, 9, 1)) * 1_000_000n,
    body: { stringValue: String(n * RECORDS + i) },
  }))
  return encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
}

/** Sends the same bytes until they are acknowledged. */
async function deliver(port: number, body: Buffer): Promise<void> {
  for (;;) {
    try {
      const headers = { 'content-type': 'application/x-protobuf' }
      const url = `http://127.0.0.1:${port}/v1/logs`
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(20_000),
      })
      await response.arrayBuffer()
      if (response.ok) return
    } catch {
      // Away: as good as a refusal.
    }
    await pause(BACK_OFF_MS)
  }
}

test('three kills of Sensorium and one of Postgres on the way: every acknowledged record is there, exactly once', async t => {
  const folder = temporaryFolder('delivery')
  const ports = await freePorts()
  const environment = { SENSORIUM_DATA_DIR: path.join(folder, 'postgres') }
  let sensorium: SensoriumProcess = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGKILL'))

  let acknowledged = 0
  const waiting: { at: number; resolve: () => void }[] = []
  const reached = (at: number) => new Promise<void>(resolve => waiting.push({ at, resolve }))
  let next = 0
  const sender = async () => {
    while (next < REQUESTS) {
      await deliver(ports.http, request(next++))
      acknowledged += 1
      for (const { at, resolve } of waiting) if (acknowledged >= at) resolve()
    }
  }
  const disturb = async () => {
    for (const at of [40, 90, 140]) {
      await reached(at)
      await sensorium.end('SIGKILL')
      sensorium = await startSensorium({ ports, environment })
    }
    await reached(190)
    process.kill(postmasterPid(folder), 'SIGKILL')
  }
  await Promise.all([disturb(), ...Array.from({ length: SENDERS }, sender)])

  const sql = `SELECT count(*) AS rows, count(DISTINCT message) AS records, min(message::int) AS first, max(message::int) AS last
    FROM application_logs`
  const rows = await runCommand(['sql', sql, '--json'], { ...environmentOf(ports), ...environment })
  const all = REQUESTS * RECORDS
  assert.deepEqual(JSON.parse(rows.stdout), [{ rows: all, records: all, first: 0, last: all - 1 }], rows.stderr)
  assert.deepEqual(await sensorium.end('SIGTERM'), { code: 0, signal: null }, sensorium.output())
})

/** The first line of Postgres' own pid file. */
function postmasterPid(folder: string): number {
  return Number(readFileSync(path.join(folder, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0])
}
