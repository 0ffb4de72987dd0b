import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { FAILURES, openReceiver } from '../../delivery/testing/receiver.ts'

/** Runs a program that uses the package, and resolves to how it ended. */
async function run(t: TestContext, program: string, environment: Record<string, string>) {
  const index = path.join(import.meta.dirname, 'index.ts')
  const code = `import { createMetrics } from ${JSON.stringify(index)}\n${program}`
  const started = performance.now()
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stderr, tookMs: performance.now() - started }
}

const PROGRAM = `createMetrics({ service: 'job' }).record({ name: 'runs', type: 'counter' }, {}, 1)`

test('a program that ends at once leaves its counts behind, and is not kept alive', async t => {
  const receiver = await openReceiver(t)
  const ended = await run(t, PROGRAM, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x, a=b',
  })
  assert.deepEqual([ended.code, ended.stderr], [0, ''])
  assert.equal(receiver.requests.length, 1)
  assert.match(receiver.requests[0]!.body.toString(), /"name":"runs".*"asDouble":1\}/)
  assert.equal(receiver.requests[0]!.headers.authorization, 'Bearer x')
})

test('the endpoint for metrics is used as it stands and counts before the common one', async t => {
  const receiver = await openReceiver(t)
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/own/path`,
  }
  assert.equal((await run(t, PROGRAM, environment)).code, 0)
  assert.equal(receiver.requests[0]!.path, '/own/path')
})

for (const [name, fail] of FAILURES) {
  test(`a server that ${name} holds up the end of a program by two seconds`, async t => {
    const receiver = await openReceiver(t)
    await fail(receiver)
    const { code, tookMs } = await run(t, PROGRAM, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    assert.equal(code, 0)
    assert.ok(tookMs > 1_900 && tookMs < 5_000, `${tookMs} ms`)
  })
}
