import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { spansOf } from '../telemetry/src/testing/processes.ts'
import { openReceiver, type Received } from './testing/receiver.ts'

const PROGRAM = path.join(import.meta.dirname, 'testing/all-clients.mjs')
const CLEARED = ['NODE_ENV', 'OTEL_SERVICE_NAME', 'npm_package_version']

async function run(t: TestContext, variables: Record<string, string>) {
  const receiver = await openReceiver(t)
  const environment: Record<string, string | undefined> = { ...process.env }
  for (const name of CLEARED) delete environment[name]
  const child = spawn(process.execPath, [PROGRAM], {
    env: { ...environment, SENSORIUM_URL: receiver.url, SENSORIUM_OTLP_URL: receiver.url, ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  await once(child, 'close')
  assert.equal(child.exitCode, 0, stderr)
  return {
    received: receiver.requests,
    said: JSON.parse(stderr.split('\n')[0]!) as { traceId: string; spanId: string },
  }
}

type Resource = { resource: { attributes: { key: string; value: { stringValue?: string } }[] } }
const NAMES = ['service.name', 'deployment.environment.name', 'service.version']

/** Service, environment and version as a request has them; an event of the observer has its service as the product. */
function identityIn({ path: at, body }: Received): readonly (string | undefined)[] {
  if (at === '/v1/traces') {
    const [span] = spansOf([{ path: at, headers: {}, body }])
    return NAMES.map(name => span?.resource[name] as string | undefined)
  }
  const json: unknown = JSON.parse(body.toString())
  if (at.startsWith('/v1/')) {
    const { resourceLogs, resourceMetrics } = json as Record<string, Resource[]> // of the clients
    const { attributes } = (resourceLogs ?? resourceMetrics)![0]!.resource
    return NAMES.map(name => attributes.find(({ key }) => key === name)?.value.stringValue)
  }
  const [event] = [json].flat() as Record<string, unknown>[] // one event or a list
  return [
    at.startsWith('/ingest/') ? at.slice('/ingest/'.length) : (event!.details as { service: string }).service,
    ...[event!.env ?? event!.environment, event!.release].map(value => value as string | undefined), // texts of the clients
  ]
}

for (const [name, variables, expected] of [
  [
    'SENSORIUM_*',
    { SENSORIUM_SERVICE: 'shop', SENSORIUM_ENVIRONMENT: 'eu', SENSORIUM_VERSION: '1.2' },
    ['shop', 'eu', '1.2'],
  ],
  [
    'OpenTelemetry’s',
    { OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop,deployment.environment.name=eu,service.version=1.2' },
    ['shop', 'eu', '1.2'],
  ],
  ['nothing but a name', { OTEL_SERVICE_NAME: 'shop' }, ['shop', 'dev', undefined]],
  ['NODE_ENV', { OTEL_SERVICE_NAME: 'shop', NODE_ENV: 'production' }, ['shop', 'prod', undefined]],
] as const) {
  test(`every client is the same service of the same environment by ${name}`, async t => {
    const { received } = await run(t, { ...variables, SENSORIUM_SECRET: 'x'.repeat(32), SENSORIUM_TOKEN: 'tok' })
    const paths = new Set(received.map(({ path: at }) => at))
    assert.deepEqual([...paths].sort(), ['/ingest/shop', '/v1/logs', '/v1/metrics', '/v1/traces', '/webhook/event'])
    for (const request of received) {
      const [service, environment, version] = identityIn(request)
      assert.deepEqual([service, environment], expected.slice(0, 2), request.path)
      // A debug event has no version.
      if (request.path !== '/webhook/event') assert.equal(version, expected[2], request.path)
      if (request.path.startsWith('/v1/') || request.path === '/webhook/event') {
        assert.equal(request.headers.authorization, 'Bearer tok', request.path)
      }
    }
  })
}

test('a debug event has the ids of the span in which it happened', async t => {
  const { received, said } = await run(t, { SENSORIUM_SERVICE: 'shop', SENSORIUM_SECRET: 'x'.repeat(32) })
  const { body } = received.find(({ path: at }) => at === '/webhook/event')!
  assert.partialDeepStrictEqual(JSON.parse(body.toString()), [{ traceId: said.traceId, spanId: said.spanId }])
})
