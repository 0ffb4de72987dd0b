import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import { encodeLogs } from '../otlp/requests.ts'
import { until } from '../real/stock-collector.ts'
import { freePorts, type Ports, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'
/** What an honest sender waits for an answer. */
const DEADLINE_MS = 10_000
const HONEST_REQUESTS = 40
/** Below this a p99 tells of the machine and not of the attack. */
const NOISE_MS = 50
const CI_TOKEN = 'the-token-of-the-reporter'

async function start(t: TestContext): Promise<Ports> {
  const ports = await freePorts()
  const folder = temporaryFolder('guard')
  const environment = { SENSORIUM_DATA_DIR: path.join(folder, 'postgres'), SENSORIUM_CI_TOKEN: CI_TOKEN }
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGTERM'))
  return ports
}

let number = 0
const logs = () => {
  const logRecords = Array.from({ length: 50 }, () => ({ body: { stringValue: `honest ${++number}` } }))
  return encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
}

async function overHttp(ports: Ports): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${ports.http}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(logs()),
    signal: AbortSignal.timeout(DEADLINE_MS),
  })
  assert.equal(response.status, 200, await response.text())
}

function openGrpc(t: TestContext, ports: Ports): () => Promise<void> {
  const client = new grpc.Client(`127.0.0.1:${ports.grpc}`, grpc.credentials.createInsecure(), {
    'grpc.enable_retries': 0,
  })
  t.after(() => client.close())
  const asIs = (bytes: Buffer) => bytes
  return () =>
    new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + DEADLINE_MS)
      client.makeUnaryRequest(EXPORT, asIs, asIs, logs(), new grpc.Metadata(), { deadline }, error =>
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

function assertUnharmed(meanwhile: number, quiet: number): void {
  assert.ok(
    meanwhile <= 3 * Math.max(quiet, NOISE_MS),
    `p99 ${meanwhile.toFixed(0)} ms, ${quiet.toFixed(0)} ms when it is quiet`,
  )
}

/** A connection that sends `text` and `bytes` bytes of a body, and no more. */
async function fallSilent(t: TestContext, port: number, head: string, bytes = 0): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(head)
  // Until it is out, or the other side has closed.
  if (bytes > 0) await new Promise(resolve => socket.write(Buffer.alloc(bytes, 0x20), resolve))
  return socket
}

const LARGE = 4 * 1024 * 1024
const post = (target: string, bytes: number, more = '') =>
  `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}Content-Length: ${bytes}\r\n\r\n`

test('bodies that are promised, begun and left keep no honest sender waiting, on any door', async t => {
  const ports = await start(t)
  const overGrpc = openGrpc(t, ports)
  const [quiet, quietGrpc] = [await p99(() => overHttp(ports)), await p99(overGrpc)]
  const token = `Authorization: Bearer ${CI_TOKEN}\r\n`
  const doors: [number, string, string][] = [
    [ports.application, '/ingest/ci', ''],
    [ports.application, '/ingest/ci', token],
    [ports.application, '/loki/api/v1/push', ''],
    [ports.application, '/ingest/ci', 'X-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=00\r\n'],
    [ports.http, '/v1/logs', ''],
  ]
  for (const [port, target, more] of doors) {
    for (let i = 0; i < 4; i++) await fallSilent(t, port, post(target, LARGE, more), LARGE - 1)
    assertUnharmed(await p99(() => overHttp(ports)), quiet)
  }
  assertUnharmed(await p99(overGrpc), quietGrpc)
})

test('a body without a token is refused before it is sent', async t => {
  const ports = await start(t)
  const REFUSED: [string, string][] = [
    ['/ingest/ci', ''],
    ['/ingest/ci', 'X-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=00\r\n'],
    ['/ingest/buddy', ''],
    ['/api/node/telemetry', ''],
  ]
  for (const [target, more] of REFUSED) {
    const socket = await fallSilent(t, ports.application, post(target, LARGE, more))
    const [answer] = (await once(socket.setEncoding('utf8'), 'data')) as [string]
    assert.match(answer, /^HTTP\/1\.1 401 /, target)
  }
})

test('headers and bodies that trickle are cut off, on every HTTP listener', async t => {
  const ports = await start(t)
  const sockets = await Promise.all([
    fallSilent(t, ports.http, post('/v1/logs', 1_000), 10),
    fallSilent(t, ports.application, post('/loki/api/v1/push', 1_000), 10),
    fallSilent(t, ports.application, post('/mcp', 1_000), 10),
    fallSilent(t, ports.application, post('/webhook/event', 1_000), 10),
    fallSilent(t, ports.application, post('/metrics', 1_000), 10),
    fallSilent(t, ports.http, 'POST /v1/logs HTTP/1.1\r\nHost: loc'),
    fallSilent(t, ports.application, 'GET /readyz HTTP/1.1\r\nHost: loc'),
    fallSilent(t, ports.application, ''),
    fallSilent(t, ports.grpc, ''),
  ])
  for (const socket of sockets) socket.resume()
  await until(25_000, 'all are closed', async () => sockets.every(({ closed }) => closed))
})

test('streams of five bytes keep no gRPC sender waiting', async t => {
  const ports = await start(t)
  const send = openGrpc(t, ports)
  const quiet = await p99(send)
  const session = connectHttp2(`http://127.0.0.1:${ports.grpc}`)
  session.on('error', () => {})
  t.after(() => session.destroy())
  for (let i = 0; i < 30; i++) {
    const stream = session.request({ ':method': 'POST', ':path': EXPORT, 'content-type': 'application/grpc' })
    stream.on('error', () => {})
    stream.write(Buffer.from([0, 0, 0xff, 0xff, 0xff]))
  }
  await new Promise(resolve => session.ping(resolve))
  assertUnharmed(await p99(send), quiet)
})

test('a thousand idle connections, and more, close one another and no honest sender’s', async t => {
  const ports = await start(t)
  const quiet = await p99(() => overHttp(ports))
  for (let i = 0; i < 1_200; i++) await fallSilent(t, ports.http, '')
  assertUnharmed(await p99(() => overHttp(ports)), quiet)
})

test('wrong tokens do not use up what a right one may send', async t => {
  const ports = await start(t)
  const report =
    (token: string, forwardedFor = '10.0.0.1') =>
    async () => {
      const response = await fetch(`http://127.0.0.1:${ports.application}/ingest/ci`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          'x-forwarded-for': forwardedFor,
        },
        body: JSON.stringify({ repository: 'shop', commit: 'a'.repeat(40), run_id: String(++number) }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      })
      await response.arrayBuffer()
      return response.status
    }
  const honest = async () => assert.notEqual(await report(CI_TOKEN)(), 429)
  // Those who guess share this process: one wait among many is its own.
  const quiet = await p99(honest, 3 * HONEST_REQUESTS)
  const statuses: number[] = []
  const guess = async () => {
    // Whoever says that he is somebody else each time is counted as one all the same.
    for (let i = 0; i < 300; i++) statuses.push(await report('a-guess', `10.${i % 256}.0.${++number % 256}`)())
  }
  const guessing = Promise.all(Array.from({ length: 10 }, guess))
  const meanwhile = await p99(honest, 3 * HONEST_REQUESTS)
  await guessing
  assertUnharmed(meanwhile, quiet)
  assert.ok(statuses.includes(429) && statuses.every(status => status === 401 || status === 429))
  await honest()
})

test('a page that was led here by its name, or asks in its own, is turned away on every HTTP listener', async t => {
  const ports = await start(t)
  const ask = async (port: number, target: string, headers: string) => {
    const text = `POST ${target} HTTP/1.1\r\n${headers}Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`
    const socket = await fallSilent(t, port, text)
    const [answer] = (await once(socket.setEncoding('utf8'), 'data')) as [string]
    return Number(answer.split(' ')[1])
  }
  const doors: [number, string][] = [
    [ports.http, '/v1/logs'],
    ...['/webhook/event', '/loki/api/v1/push', '/ingest/ci', '/ingest/buddy', '/metrics', '/readyz', '/mcp'].map(
      (target): [number, string] => [ports.application, target],
    ),
  ]
  for (const [port, target] of doors) {
    assert.equal(await ask(port, target, 'Host: evil.example\r\nOrigin: http://evil.example\r\n'), 403, target)
    assert.equal(await ask(port, target, 'Host: evil.example\r\n'), 403, target)
    assert.equal(await ask(port, target, 'Host: 127.0.0.1\r\nOrigin: https://evil.example\r\n'), 403, target)
    for (const host of ['127.0.0.1', `localhost:${port}`, '[::1]', 'sensorium', 'sensorium.internal']) {
      if (target === '/mcp' && host.startsWith('sensorium')) continue // asks for this machine's own names
      assert.notEqual(await ask(port, target, `Host: ${host}\r\n`), 403, `${target} ${host}`)
    }
  }
})
