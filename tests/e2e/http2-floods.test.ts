import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import { FLOODS } from '../http2-flood/frames.ts'
import { encodeLogs } from '../otlp/requests.ts'
import { freePorts, ROOT, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'
const DEADLINE_MS = 10_000
const HONEST_REQUESTS = 120
/** Below this a p99 tells of the machine and not of the attack. */
const NOISE_MS = 50
const CONNECTIONS = 4

/** The honest one is 127.0.0.1. */
const ELSEWHERE = '127.0.0.2'
const HERE = '127.0.0.1'
const CASES = [
  ...Object.keys(FLOODS).map(kind => [kind, ELSEWHERE] as const),
  ['streams that are reset', HERE] as const,
]

test('floods of HTTP/2 frames, streams and resets keep no gRPC sender waiting', async t => {
  const ports = await freePorts()
  const environment = { SENSORIUM_DATA_DIR: path.join(temporaryFolder('floods'), 'postgres') }
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGTERM'))
  const send = openGrpc(t, ports.grpc)
  await p99(send)
  for (const [kind, from] of CASES) {
    const quiet = await p99(send)
    const flood = await startFlood(t, ports.grpc, kind, from)
    const meanwhile = await p99(send)
    // Who comes anew is let in, too, from any other address.
    const anew = from === ELSEWHERE ? await p99(() => openGrpc(t, ports.grpc)(), 5) : 0
    const told = await flood.end()
    const figures = `${kind} from ${from}: p99 ${meanwhile.toFixed(0)} ms, ${quiet.toFixed(0)} ms when it is quiet, anew ${anew.toFixed(0)} ms; ${told}`
    t.diagnostic(figures)
    assert.ok(meanwhile <= 3 * Math.max(quiet, NOISE_MS), figures)
    assert.ok(anew < DEADLINE_MS, figures)
  }
})

async function startFlood(
  t: TestContext,
  port: number,
  kind: string,
  from: string,
): Promise<{ end(): Promise<string> }> {
  const program = path.join(ROOT, 'tests/http2-flood/program.ts')
  const child = spawn(process.execPath, [program, String(port), kind, from, String(CONNECTIONS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(child.stdout, 'data')
  return {
    async end() {
      child.kill('SIGTERM')
      await closed
      return output.replace('flooding', '').trim()
    },
  }
}

let number = 0

function openGrpc(t: TestContext, port: number): () => Promise<void> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  })
  t.after(() => client.close())
  const asIs = (bytes: Buffer) => bytes
  return () =>
    new Promise((resolve, reject) => {
      const logRecords = Array.from({ length: 50 }, () => ({ body: { stringValue: `honest ${++number}` } }))
      const message = encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
      const deadline = new Date(Date.now() + DEADLINE_MS)
      client.makeUnaryRequest(EXPORT, asIs, asIs, message, new grpc.Metadata(), { deadline }, error =>
        error === null ? resolve() : reject(error),
      )
    })
}

/** Sends one after the other, every one acknowledged; the slowest of nearly all. */
async function p99(send: () => Promise<void>, requests = HONEST_REQUESTS): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < requests; i++) {
    const startedAt = performance.now()
    await send()
    times.push(performance.now() - startedAt)
  }
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1]!
}
