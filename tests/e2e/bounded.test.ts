import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import * as grpc from '@grpc/grpc-js'
import { usageOf } from '../../bench/load/process-usage.ts'
import { encodeLogs } from '../otlp/requests.ts'
import { environmentOf, freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Stated in docs/operations/limits.md for the worst that senders can do. */
const MEMORY_LIMIT_MIB = 600
const LARGEST_BYTES = 15 * 1024 * 1024

test('bursts of the largest requests, compressed to nothing: memory stays under the limit, and what is taken is stored', async t => {
  const folder = temporaryFolder('bounded')
  const ports = await freePorts()
  const environment = { SENSORIUM_DATA_DIR: path.join(folder, 'postgres') }
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGKILL'))
  const largest = (n: number) =>
    encodeLogs({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: `${n}${'x'.repeat(LARGEST_BYTES)}` } }] }] }],
    })

  const post = async (n: number) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' }
    const body = new Uint8Array(gzipSync(largest(n)))
    const response = await fetch(`http://127.0.0.1:${ports.http}/v1/logs`, { method: 'POST', headers, body })
    await response.arrayBuffer()
    return response.status
  }
  const statuses = await Promise.all(Array.from({ length: 40 }, (_, n) => post(n)))
  const overHttp = statuses.filter(status => status === 200).length
  assert.ok(overHttp >= 1 && statuses.every(status => status === 200 || status === 429), String(statuses))
  assert.ok(statuses.includes(429), 'senders see back-pressure')

  const client = new grpc.Client(`127.0.0.1:${ports.grpc}`, grpc.credentials.createInsecure(), {
    'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
    'grpc.enable_retries': 0,
  })
  t.after(() => client.close())
  const asIs = (bytes: Buffer) => bytes
  const call = (n: number) =>
    new Promise<number>(resolve =>
      client.makeUnaryRequest(
        '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
        asIs,
        asIs,
        largest(100 + n),
        error => resolve(error?.code ?? grpc.status.OK),
      ),
    )
  const codes = await Promise.all(Array.from({ length: 24 }, (_, n) => call(n)))
  const overGrpc = codes.filter(code => code === grpc.status.OK).length
  assert.ok(
    codes.every(code => code === grpc.status.OK || code === grpc.status.RESOURCE_EXHAUSTED),
    String(codes),
  )

  const sql = ['sql', 'SELECT count(*) AS n FROM application_logs WHERE length(message) > 1000000', '--json']
  const { stdout } = await runCommand(sql, { ...environmentOf(ports), ...environment })
  assert.deepEqual(JSON.parse(stdout), [{ n: overHttp + overGrpc }])
  const peakMib = usageOf(sensorium.pid).peakBytes / 1024 / 1024
  assert.ok(peakMib < MEMORY_LIMIT_MIB, `${Math.round(peakMib)} MiB`)
  assert.deepEqual(await sensorium.end('SIGTERM'), { code: 0, signal: null })
})
