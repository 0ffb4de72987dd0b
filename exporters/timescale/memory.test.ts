import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startSelfTelemetry } from '../../pipeline/telemetry/self-telemetry.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { blockCommits, blocked, openClient, openExporter } from './testing/exporter.ts'
import { batch, log, point, span } from './testing/records.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const MIB = 1024 * 1024

test('records are garbage once they are encoded, however long their batch waits', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database, { config: { connections: 1 } })
  const release = await blockCommits(client, 'logs')
  const records: WeakRef<object>[] = []
  const watched = <T extends object>(record: T): T => {
    records.push(new WeakRef(record))
    return record
  }
  const consuming = [
    consume(batch('logs', 'under way', [watched(log())])),
    consume(batch('logs', 'waiting', [watched(log())])),
    consume(batch('traces', 'waiting, too', [watched(span())])),
    consume(batch('metrics', 'waiting as well', [watched(point())])),
  ]
  await blocked(client, 1)
  collectGarbage()
  assert.deepEqual(
    records.map(record => record.deref()),
    [undefined, undefined, undefined, undefined],
  )
  await release()
  await Promise.all(consuming)
})

test('the memory of rows that are stored is used again', async t => {
  const database = await createDatabase()
  const telemetry = startSelfTelemetry({ version: '0', instanceId: 'test', otlpIntervalMs: 1_000 })
  t.after(() => telemetry.shutdown())
  const { consume } = await openExporter(t, database, { context: { meter: telemetry.meter } })
  const body = 'x'.repeat(3_000_000)
  for (let i = 0; i < 10; i++) await consume(batch('logs', `${i}`, [log({ body })]))
  const [, bytes] = /^sensorium_exporter_buffer_size\{.*\} (\d+)$/m.exec(await telemetry.expose()) ?? []
  // The arena that is being filled, and at most one more that the last batch moved out of.
  assert.ok(Number(bytes) <= 12 * MIB, `${bytes}`)
})
