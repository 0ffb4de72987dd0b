import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { environmentOf, freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const LOG = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'hello' } }] },
      scopeLogs: [{ logRecords: [{ severityNumber: 9, body: { stringValue: 'first light' } }] }],
    },
  ],
}

test('the first hour: start, a log by HTTP/JSON, a span by the SDK over gRPC, rows by sql, stop, start again', async t => {
  const environment = { SENSORIUM_DATA_DIR: path.join(temporaryFolder('e2e'), 'postgres') }
  const ports = await freePorts()
  const first = await startSensorium({ ports, environment })
  t.after(() => first.end('SIGKILL'))

  const response = await fetch(`http://127.0.0.1:${ports.http}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(LOG),
  })
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), {})

  const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${ports.grpc}` })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'sdk' }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  provider.getTracer('test').startSpan('a span').end()
  await provider.shutdown()

  const all = { ...environmentOf(ports), ...environment }
  const logs = await runCommand(['sql', 'SELECT service, level, message FROM application_logs', '--json'], all)
  assert.deepEqual(JSON.parse(logs.stdout), [{ service: 'hello', level: 'info', message: 'first light' }], logs.stderr)
  const spans = await runCommand(['sql', 'SELECT service, operation_name, status FROM trace_spans', '--json'], all)
  assert.deepEqual(JSON.parse(spans.stdout), [{ service: 'sdk', operation_name: 'a span', status: 'unset' }])
  const books =
    'SELECT receiver, signal, accepted, stored, deduplicated, dropped FROM ingest_accounting ORDER BY signal'
  const accounting = await runCommand(['sql', books, '--json'], all)
  const one = { receiver: 'otlp', accepted: 1, stored: 1, deduplicated: 0, dropped: 0 }
  assert.deepEqual(JSON.parse(accounting.stdout), [
    { ...one, signal: 'logs' },
    { ...one, signal: 'traces' },
  ])

  assert.deepEqual(await first.end('SIGTERM'), { code: 0, signal: null }, first.output())
  const second = await startSensorium({ ports, environment })
  t.after(() => second.end('SIGKILL'))
  const again = await runCommand(['sql', 'SELECT count(*) AS n FROM application_logs', '--json'], all)
  assert.deepEqual(JSON.parse(again.stdout), [{ n: 1 }])
  assert.deepEqual(await second.end('SIGINT'), { code: 0, signal: null })

  const offline = await runCommand(['sql', 'SELECT count(*) AS n FROM trace_spans', '--json'], all)
  assert.deepEqual(JSON.parse(offline.stdout), [{ n: 1 }], 'sql works while nothing runs')
})

test('health, readiness and metrics answer, and the metrics are the books', async t => {
  const environment = { SENSORIUM_DATA_DIR: path.join(temporaryFolder('e2e'), 'postgres') }
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGKILL'))
  const body = JSON.stringify(LOG)
  for (let i = 0; i < 2; i++) {
    const headers = { 'content-type': 'application/json' }
    await fetch(`http://127.0.0.1:${ports.http}/v1/logs`, { method: 'POST', headers, body })
  }
  const get = (where: string) => fetch(`http://127.0.0.1:${ports.application}${where}`)
  assert.deepEqual(
    [(await get('/healthz')).status, (await get('/readyz')).status, (await get('/nowhere')).status],
    [200, 200, 404],
  )
  const metrics = await (await get('/metrics')).text()
  for (const [name, value] of [
    ['sensorium_receiver_accepted_log_records', 2],
    ['sensorium_exporter_sent_log_records', 1],
    ['sensorium_exporter_deduplicated_log_records', 1],
  ] as const) {
    assert.match(metrics, new RegExp(`^${name}(_total)?\\{[^}]*receiver="otlp"[^}]*\\} ${value}$`, 'm'))
  }
  await sensorium.end('SIGTERM')
})

test('what stands in the way of a start is one clear message that names the key, and exit code 1', async t => {
  const folder = temporaryFolder('e2e')
  const environment = { SENSORIUM_DATA_DIR: path.join(folder, 'postgres') }
  const ports = await freePorts()
  const running = await startSensorium({ ports, environment })
  t.after(() => running.end('SIGKILL'))
  const others = await freePorts()
  const attempt = async (changes: Record<string, string>, config: string[] = []) =>
    runCommand(['start', '--json', ...config], {
      ...environmentOf(others),
      SENSORIUM_DATA_DIR: path.join(folder, 'other'),
      ...changes,
    })

  const inUse = await attempt(environment)
  assert.equal(inUse.code, 1)
  assert.match(inUse.stderr, new RegExp(`${running.pid}`), inUse.stderr)

  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  for (const [variable, key] of [
    ['SENSORIUM_OTLP_GRPC_ENDPOINT', 'receivers.otlp.protocols.grpc.endpoint'],
    ['SENSORIUM_OTLP_HTTP_ENDPOINT', 'receivers.otlp.protocols.http.endpoint'],
    ['SENSORIUM_HTTP_ENDPOINT', 'service.http.endpoint'],
  ] as const) {
    const result = await attempt({ [variable]: `127.0.0.1:${port}` })
    assert.equal(result.code, 1, variable)
    assert.ok(result.stderr.includes(key) && result.stderr.includes(String(port)), `${variable}: ${result.stderr}`)
  }
  const database = await attempt({ SENSORIUM_DATABASE_PORT: String(port) })
  assert.equal(database.code, 1)
  assert.match(database.stderr, /service\.database\.port/)

  const unreachable = await attempt({ DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1:1/x' })
  assert.equal(unreachable.code, 1)
  assert.match(unreachable.stderr, /127\.0\.0\.1:1.*service\.database\.url/s)
  assert.ok(!unreachable.stderr.includes('hunter2'), 'no password in a message')

  const faulty = path.join(folder, 'faulty.yaml')
  await writeFile(
    faulty,
    'receivers:\n  otpl:\nservice:\n  pipelines:\n    traces: { receivers: [otpl], exporters: [nothing] }\n',
  )
  const fault = await attempt({}, ['--config', faulty])
  assert.equal(fault.code, 1)
  assert.match(fault.stderr, /faulty\.yaml:2:3 {2}receivers\.otpl.*did you mean otlp\?/s)
  assert.match(fault.stderr, /faulty\.yaml:5:.*nothing/s)

  const open = await attempt({ SENSORIUM_OTLP_HTTP_ENDPOINT: '0.0.0.0:0' })
  assert.equal(open.code, 1)
  assert.match(open.stderr, /insecure: true/)
  await running.end('SIGTERM')
})
