import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import { createDatabase } from '../postgres.ts'
import { freePorts, ROOT, startSensorium } from '../sensorium-process.ts'
import { expectedRows, type OfficialRequest } from './senders/official.ts'
import { storedRows } from './senders/rows.ts'

const SENDERS = path.join(ROOT, 'tests/real/senders')
const { stdout } = await promisify(execFile)('bash', [path.join(ROOT, 'scripts/real/senders.sh')])
const { PYTHON_PACKAGES, GO_SENDER, JAVA_AGENT, JAVA_CLASSES, JS_CLASSES, LOGFIRE_PACKAGES } = Object.fromEntries(
  stdout
    .trim()
    .split('\n')
    .map(line => line.split('=', 2)),
) as Record<string, string> // its lines
const byPython: Command = ['python3', [path.join(SENDERS, 'decode.py')]]

type Command = readonly [program: string, args: readonly string[]]
interface Sender {
  readonly service: string
  readonly send: Command
  readonly decode: Command
  readonly environment?: Readonly<Record<string, string>>
  /** What it sends at least: spans, log records, points. */
  readonly atLeast: readonly [number, number, number]
}
const SDK: Sender['atLeast'] = [2, 2, 4]

const byJava: Command = ['java', ['-cp', JAVA_CLASSES!, path.join(SENDERS, 'java/Decode.java')]]
const byJavaScript: Command = [process.execPath, [path.join(SENDERS, 'decode.mjs')]]

const ALL: readonly Sender[] = [
  { service: 'python-sender', send: ['python3', [path.join(SENDERS, 'send.py')]], decode: byPython, atLeast: SDK },
  {
    service: 'js-sender',
    send: [process.execPath, [path.join(SENDERS, 'send.mjs')]],
    decode: byJavaScript,
    atLeast: SDK,
  },
  { service: 'go-sender', send: [GO_SENDER!, []], decode: [GO_SENDER!, ['decode']], atLeast: SDK },
  {
    service: 'java-sender',
    send: ['java', [`-javaagent:${JAVA_AGENT}`, path.join(SENDERS, 'java/Sender.java')]],
    decode: byJava,
    atLeast: [2, 1, 4],
  },
  // Its log lines are spans without a length.
  {
    service: 'logfire-sender',
    send: ['python3', [path.join(SENDERS, 'logfire_sender.py')]],
    decode: byPython,
    environment: { PYTHONPATH: LOGFIRE_PACKAGES! },
    atLeast: [4, 0, 2],
  },
]

/** In front of Sensorium: keeps each body as it came and hands it on. */
async function openTap(t: TestContext, target: string) {
  const bodies: string[] = []
  async function handOn(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { 'content-type': type = '', 'content-encoding': encoding } = request.headers
    const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) }
    const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body: new Uint8Array(body) })
    const plain = encoding === 'gzip' ? gunzipSync(body) : body
    bodies.push(`${request.url!.split('/').at(-1)} ${plain.toString('base64')}`)
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    // A sender whose answer fails says so and ends the test.
    request.on('end', () => void handOn(request, response, Buffer.concat(chunks)).catch(() => response.destroy()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function run([program, args]: Command, environment: Record<string, string>, input = ''): Promise<string> {
  const child = spawn(program, args, {
    env: { ...process.env, PYTHONPATH: PYTHON_PACKAGES!, JS_CLASSES: JS_CLASSES!, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [out, said] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  child.stdin.end(input)
  await once(child, 'close')
  assert.equal(child.exitCode, 0, said)
  return out
}

for (const { service, send, decode, environment = {}, atLeast } of ALL) {
  test(`${service}: what it sends, as the official classes read it, equals the rows, field by field`, async t => {
    const { url } = await createDatabase()
    const ports = await freePorts()
    const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
    t.after(() => sensorium.end('SIGTERM'))
    const tap = await openTap(t, `http://127.0.0.1:${ports.http}`)
    await run(send, {
      OTEL_EXPORTER_OTLP_ENDPOINT: tap.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_SERVICE_NAME: service,
      ...environment,
    })
    const lines = await run(decode, {}, `${tap.bodies.join('\n')}\n`)
    const requests = lines
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as OfficialRequest) // of the decoder
    const expected = expectedRows(requests)
    for (const [i, signal] of (['traces', 'logs', 'metrics'] as const).entries()) {
      assert.ok(expected[signal].length >= atLeast[i]!, `${signal}: ${expected[signal].length}`)
    }

    const client = new pg.Client({ connectionString: url })
    await client.connect()
    t.after(() => client.end())
    const stored = await storedRows(client, service)
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      const [got, wanted] = [stored[signal].map(sorted).sort(byText), expected[signal].map(sorted).sort(byText)]
      assert.equal(got.length, wanted.length, signal)
      for (const [i, row] of wanted.entries()) assert.deepEqual(got[i], row, signal)
      t.diagnostic(`${signal}: ${got.length} rows`)
    }
  })
}

/** Keys in one order, so that equal rows have equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, entry]) => [key, sorted(entry)]),
  )
}

function byText(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)]
  return one < other ? -1 : one > other ? 1 : 0
}
