import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { encodeLogs } from '../otlp/requests.ts'
import { createDatabase } from '../postgres.ts'
import {
  environmentOf,
  freePorts,
  type Ports,
  runCommand,
  type SensoriumProcess,
  startSensorium,
} from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { openHttpService, type ReceivedRequest, type ScriptedAnswer } from '../told/http-service.ts'

/** Two ways to be told, one that knows what it has had and one that does not; what is told comes over OTLP, to be quick. */
function configuration(url: string): string {
  const file = path.join(temporaryFolder('told'), 'config.yaml')
  writeFileSync(
    file,
    `receivers:
  otlp: { protocols: { http: { endpoint: '\${env:SENSORIUM_OTLP_HTTP_ENDPOINT}' } } }
processors:
  group: { group_by: [service], group_wait: 0s, group_interval: 1s, repeat_interval: 1d }
exporters:
  webhook: { url: '${url}/webhook', timeout_ms: 20000 }
  slack: { webhook_url: '${url}/slack', timeout_ms: 20000 }
service:
  http: { endpoint: '\${env:SENSORIUM_HTTP_ENDPOINT}' }
  database: { url: '\${env:DATABASE_URL}' }
  pipelines:
    logs: { receivers: [otlp], processors: [group], exporters: [webhook, slack] }
`,
  )
  return file
}

/** The way of a finding into the process; acknowledged when it is in the outbox. */
async function find(ports: Ports, service: string): Promise<void> {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
  const body = encodeLogs({
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', service)] },
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: BigInt(Date.now()) * 1_000_000n,
                eventName: 'incident.opened',
                body: { stringValue: `${service} is down` },
                attributes: [
                  text('finding.id', service),
                  text('finding.kind', 'incident'),
                  text('finding.title', `${service} is down`),
                ],
              },
            ],
          },
        ],
      },
    ],
  })
  const response = await fetch(`http://127.0.0.1:${ports.http}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  assert.equal(response.status, 200, await response.text())
}

interface Outbox {
  readonly destination: string
  readonly state: string
  readonly first: string
}

async function open(t: TestContext, respond: (request: ReceivedRequest) => ScriptedAnswer) {
  const { url } = await createDatabase()
  const server = await openHttpService(respond)
  t.after(server.close)
  const config = configuration(server.url)
  const environment = { DATABASE_URL: url }
  const start = async (ports: Ports): Promise<SensoriumProcess> => {
    const sensorium = await startSensorium({ ports, environment, config })
    t.after(() => sensorium.end('SIGKILL'))
    return sensorium
  }
  const outbox = async (ports: Ports) => {
    const { stdout } = await runCommand(['alerts', 'outbox', '--json', '--config', config], {
      ...environmentOf(ports),
      ...environment,
    })
    return JSON.parse(stdout) as Outbox[] // printed by --json
  }
  return { server, start, outbox }
}

/** Asks until it holds; not a wait for a time. */
async function until(what: string, holds: () => Promise<boolean> | boolean, limitMs = 60_000): Promise<void> {
  for (const end = Date.now() + limitMs; !(await holds()); await pause(50)) {
    if (Date.now() > end) assert.fail(`${what} did not come`)
  }
}

test('killed between sending and noting it: who can tell is told again under the same id, who cannot is not, and that is said', async t => {
  const { server, start, outbox } = await open(t, () => ({}))
  const ports = await freePorts()
  const first = await start(ports)
  const asked = () => server.requests.map(({ path }) => path).sort()
  // The whole request has come, and no answer goes: two messages are under way when the process ends.
  server.script.push({ isHeld: true }, { isHeld: true })
  await find(ports, 'shop')
  await until('both messages', () => asked().length === 2)
  await first.end('SIGKILL')
  assert.deepEqual(asked(), ['/slack', '/webhook'])

  const second = await start(ports)
  await until('the end of both messages', async () =>
    (await outbox(ports)).every(({ state }) => state === 'sent' || state === 'unknown'),
  )
  const states = Object.fromEntries((await outbox(ports)).map(({ destination, state }) => [destination, state]))
  assert.deepEqual(states, { webhook: 'sent', slack: 'unknown' })
  assert.deepEqual(asked(), ['/slack', '/webhook', '/webhook'])
  const ids = server.requests.filter(({ path }) => path === '/webhook').map(({ headers }) => headers['webhook-id'])
  assert.equal(new Set(ids).size, 1, 'the same message, by its id')
  assert.match(second.output(), /it is not known whether a message arrived, and it is not sent again/)

  await second.end('SIGTERM')
  const third = await start(ports)
  await find(ports, 'other')
  await until(
    'the next message',
    async () => (await outbox(ports)).filter(({ state }) => state === 'sent').length === 3,
  )
  assert.deepEqual(asked(), ['/slack', '/slack', '/webhook', '/webhook', '/webhook'], 'no restart repeats anything')
  await third.end('SIGTERM')
})

test('of two replicas one tells; when it is killed the other does within 10 s, and nothing is told twice', async t => {
  const { server, start, outbox } = await open(t, () => ({}))
  const [a, b] = [await freePorts(), await freePorts()]
  const first = await start(a)
  const second = await start(b)
  await Promise.all([find(a, 'shop'), find(b, 'shop'), find(b, 'cart')])
  await until('four messages', async () => (await outbox(b)).filter(({ state }) => state === 'sent').length === 4)
  await first.end('SIGKILL')
  const killedMs = Date.now()
  await find(b, 'payments')
  await until('two more', async () => server.requests.length >= 6)
  assert.ok(Date.now() - killedMs < 10_000, `${Date.now() - killedMs} ms`)
  const told = server.requests.map(({ path, body }) => `${path} ${/"(?:headline|text)":"([^"]*)"/.exec(body)?.[1]}`)
  assert.equal(new Set(told).size, told.length, told.join('\n'))
  assert.equal(told.length, 6)
  await second.end('SIGTERM')
})
