import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startCommand } from '../../embeddings/testing/command.ts'
import { encodeLogs } from '../otlp/requests.ts'
import { freePort } from '../postgres-server.ts'
import { environmentOf, freePorts, ROOT, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const OUTAGE_MS = 5_000
const DIMENSIONS = 64
/** "100 % of error fingerprints have an embedding within 10 s", on a machine that runs other tests too. */
const EMBEDDED_LIMIT_MS = 30_000
/** Longer than a group commit on a busy machine, far shorter than any wait for the service. */
const ACKNOWLEDGED_LIMIT_MS = 4_000

/** The default configuration, but for the model: a service. */
async function configWith(folder: string, url: string): Promise<string> {
  const text = await readFile(path.join(ROOT, 'config/sensorium.yaml'), 'utf8')
  const model = `  embed:\n    model: { provider: http, url: "${url}", model: static-${DIMENSIONS}, dimensions: ${DIMENSIONS} }\n`
  const file = path.join(folder, 'sensorium.yaml')
  await writeFile(file, text.replace('  embed:\n', model))
  return file
}

async function startService(t: TestContext, port: number) {
  const args = ['--provider', 'static', '--dimensions', String(DIMENSIONS), '--endpoint', `127.0.0.1:${port}`]
  const service = startCommand('embed-server.ts', 'embedServerCommand', args)
  t.after(() => service.child.kill('SIGKILL'))
  await service.saying(/"msg":"ready"/)
  return service
}

/** An error of a type that was never seen before. */
function newError(n: number): Uint8Array<ArrayBuffer> {
  const type = `Outage${String.fromCharCode(
    ...String(n)
      .split('')
      .map(digit => 65 + Number(digit)),
  )}Error`
  const exception = [
    { key: 'exception.type', value: { stringValue: type } },
    { key: 'exception.message', value: { stringValue: 'the payment could not be booked' } },
  ]
  const logRecords = [{ severityNumber: 17, body: { stringValue: 'failed' }, attributes: exception }]
  return new Uint8Array(encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }))
}

test('the embedding service is killed under load: no acknowledgement waits for it, and every error is embedded afterwards', async t => {
  const folder = temporaryFolder('embedding')
  const servicePort = await freePort()
  const service = await startService(t, servicePort!)
  const ports = await freePorts()
  const environment = { SENSORIUM_DATA_DIR: path.join(folder, 'postgres') }
  const config = await configWith(folder, `http://127.0.0.1:${servicePort}`)
  const sensorium = await startSensorium({ ports, environment, config })
  t.after(() => sensorium.end('SIGKILL'))

  let sent = 0
  let slowestMs = 0
  const send = async () => {
    const from = performance.now()
    const headers = { 'content-type': 'application/x-protobuf' }
    const url = `http://127.0.0.1:${ports.http}/v1/logs`
    const response = await fetch(url, { method: 'POST', headers, body: newError(sent++) })
    await response.arrayBuffer()
    assert.equal(response.status, 200)
    slowestMs = Math.max(slowestMs, performance.now() - from)
  }
  const query = async (sql: string) => {
    const { stdout } = await runCommand(['sql', sql, '--json'], { ...environmentOf(ports), ...environment })
    return JSON.parse(stdout) as Record<string, number>[] // sensorium sql --json prints rows
  }
  const embedded = async () => (await query('SELECT count(*)::int AS n FROM fingerprint_embeddings'))[0]!.n!
  const until = async (limitMs: number, what: string, isTrue: () => Promise<boolean>) => {
    for (const end = performance.now() + limitMs; !(await isTrue()); await pause(200)) {
      assert.ok(performance.now() < end, `${what} within ${limitMs} ms; the log says:\n${sensorium.output()}`)
    }
  }

  for (let n = 0; n < 20; n++) await send()
  await until(EMBEDDED_LIMIT_MS, 'the first errors are embedded', async () => (await embedded()) >= 20)

  service.child.kill('SIGKILL')
  await service.ended
  for (const end = performance.now() + OUTAGE_MS; performance.now() < end; ) await send()
  assert.ok(slowestMs < ACKNOWLEDGED_LIMIT_MS, `the slowest acknowledgement took ${Math.round(slowestMs)} ms`)
  await until(EMBEDDED_LIMIT_MS, 'the backlog is told', async () => {
    const text = await (await fetch(`http://127.0.0.1:${ports.application}/metrics`)).text()
    return /sensorium_processor_embed_backlog\{[^}]*\} [1-9]/.test(text)
  })

  await startService(t, servicePort!)
  const missing = `SELECT count(*)::int AS n FROM fingerprints f WHERE kind = 'error'
    AND NOT EXISTS (SELECT FROM fingerprint_embeddings e WHERE e.fingerprint = f.fingerprint)`
  const errors = async () => (await query(`SELECT count(*)::int AS n FROM fingerprints WHERE kind = 'error'`))[0]!.n!
  await until(EMBEDDED_LIMIT_MS, 'all are folded', async () => (await errors()) === sent)
  await until(EMBEDDED_LIMIT_MS, 'all are embedded', async () => (await query(missing))[0]!.n === 0)
  // What is found about these errors is a record, too, and has an event name.
  const bare = `SELECT count(*)::int AS n FROM application_logs
    WHERE level = 'error' AND event_name IS NULL AND fingerprint IS NULL`
  assert.equal((await query(bare))[0]!.n, 0)
  assert.deepEqual(await sensorium.end('SIGTERM'), { code: 0, signal: null })
})
