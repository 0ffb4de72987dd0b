import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { EmbeddingError } from '../../embeddings/errors.ts'
import { createHttpProvider } from '../../embeddings/http/index.ts'
import { httpSettings } from '../../embeddings/http/settings.ts'
import { openStaticProvider } from '../../embeddings/static/index.ts'
import { type CommandProcess, startCommand } from '../../embeddings/testing/command.ts'
import { HIDDEN, writeTinyBert } from '../../embeddings/testing/tiny-bert.ts'

const signal = new AbortController().signal

function run(t: TestContext, args: readonly string[], environment: Record<string, string> = {}): CommandProcess {
  const command = startCommand('embed-server.ts', 'embedServerCommand', args, environment)
  t.after(() => command.child.kill('SIGKILL'))
  return command
}

/** Starts the service and resolves to its address once it is ready. */
async function start(t: TestContext, args: readonly string[], environment: Record<string, string> = {}) {
  const command = run(t, args, environment)
  await command.saying(/"msg":"ready"/)
  const endpoint = /"endpoint":"([^"]+)"/.exec(command.output().stdout)![1]!
  return { command, endpoint }
}

test('a model folder is served until SIGTERM, and the exit code is 0', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'embed-server-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeTinyBert(folder)
  const { command, endpoint } = await start(t, ['--model', folder, '--endpoint', '127.0.0.1:0', '--device', 'cuda'])
  const health = (await (await fetch(`http://${endpoint}/healthz`)).json()) as { dimensions: number; device: string } // as documented
  assert.equal(health.dimensions, HIDDEN)
  if (health.device === 'cpu') assert.match(command.output().stdout, /the device cuda cannot be used/)
  command.child.kill('SIGTERM')
  assert.deepEqual(await command.ended, { code: 0, signal: null })
  assert.match(command.output().stdout, /"msg":"stopped"/)
})

test('a service that is killed under load and started again: every text is embedded, none twice or in another place', async t => {
  const own = await openStaticProvider({ provider: 'static', dimensions: 64 })
  const args = ['--provider', 'static', '--dimensions', '64', '--endpoint']
  const first = await start(t, [...args, '127.0.0.1:0'])
  const client = createHttpProvider(
    httpSettings.parse({
      provider: 'http',
      url: `http://${first.endpoint}`,
      model: 'static-64',
      dimensions: 64,
      batch_size: 8,
      initial_interval_ms: 100,
      max_interval_ms: 3_000,
      max_attempts: 20,
    }),
  )
  const texts = Array.from({ length: 4_000 }, (_, at) => `payment ${at} of user ${at * 7} timed out`)
  let isDone = false
  const work = client.embed(texts, signal).finally(() => {
    isDone = true
  })
  await client.embed(texts.slice(0, 64), signal)
  first.command.child.kill('SIGKILL')
  assert.equal((await first.command.ended).signal, 'SIGKILL')
  assert.equal(isDone, false, 'the load outlasts the kill')
  await start(t, [...args, first.endpoint])
  const [vectors, expected] = await Promise.all([work, own.embed(texts, signal)])
  assert.deepEqual(vectors, expected)
})

/** Resolves once so many texts wait in the queue of the service. */
async function waiting(endpoint: string, texts: number): Promise<void> {
  for (let found = -1; found !== texts; ) {
    const health = (await (await fetch(`http://${endpoint}/healthz`)).json()) as { queue: { waiting: number } } // as documented
    found = health.queue.waiting
  }
}

/** A service whose texts wait for company that never comes. */
const PATIENT = ['--provider', 'static', '--dimensions', '64', '--max-batch-wait-ms', '10000', '--endpoint']

test('a service that is killed in the middle of a request: the call is told to try again, and the next one works', async t => {
  const first = await start(t, [...PATIENT, '127.0.0.1:0'])
  const client = createHttpProvider(
    httpSettings.parse({
      provider: 'http',
      url: `http://${first.endpoint}`,
      model: 'static-64',
      dimensions: 64,
      max_attempts: 1,
    }),
  )
  const call = assert.rejects(client.embed(['payment timed out'], signal), (error: unknown) => {
    assert.ok(error instanceof EmbeddingError && error.isRetryable, String(error))
    return true
  })
  await waiting(first.endpoint, 1)
  first.command.child.kill('SIGKILL')
  await Promise.all([call, first.command.ended])
  await start(t, ['--provider', 'static', '--dimensions', '64', '--endpoint', first.endpoint])
  assert.equal((await client.embed(['payment timed out'], signal)).length, 1)
})

test('SIGTERM: what is queued is answered before the process ends', async t => {
  const token = 'a-token-that-is-long-enough'
  const { command, endpoint } = await start(t, [...PATIENT, '127.0.0.1:0'], { SENSORIUM_EMBED_TOKEN: token })
  const post = (authorization: string) =>
    fetch(`http://${endpoint}/embed`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: '{"texts": ["payment timed out"]}',
    })
  assert.equal((await post('Bearer another-token-of-16')).status, 401)
  const queued = Promise.all(Array.from({ length: 3 }, () => post(`Bearer ${token}`)))
  await waiting(endpoint, 3)
  command.child.kill('SIGTERM')
  for (const response of await queued) {
    assert.equal(response.status, 200)
    assert.equal(((await response.json()) as { embeddings: unknown[] }).embeddings.length, 1) // as documented
  }
  assert.deepEqual(await command.ended, { code: 0, signal: null })
})

test('while the model is loaded callers are told 503, and SIGTERM ends the process all the same', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'embed-server-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeTinyBert(folder)
  // A model file that has no end.
  await rm(path.join(folder, 'model.onnx'))
  await symlink('/dev/zero', path.join(folder, 'model.onnx'))
  const command = run(t, ['--model', folder, '--endpoint', '127.0.0.1:0'])
  await command.saying(/"msg":"loading the model"/)
  const endpoint = /"endpoint":"([^"]+)"/.exec(command.output().stdout)![1]!
  const health = await fetch(`http://${endpoint}/healthz`)
  assert.deepEqual([health.status, await health.json()], [503, { status: 'loading' }])
  command.child.kill('SIGTERM')
  assert.deepEqual(await command.ended, { code: 0, signal: null })
})

const faults: [name: string, args: string[], environment: Record<string, string>, says: RegExp][] = [
  ['no model', [], {}, /name the folder of a model with --model .*--provider static/],
  [
    'a folder without a model',
    ['--model', '/nowhere', '--endpoint', '127.0.0.1:0'],
    {},
    /\/nowhere has no model\.onnx/,
  ],
  ['a wrong endpoint', ['--provider', 'static', '--endpoint', 'here'], {}, /^sensorium: --endpoint: write host:port/],
  ['a number that is none', ['--provider', 'static', '--max-queue-texts', 'many'], {}, /--max-queue-texts: .*number/],
  [
    'two at once',
    ['--provider', 'static', '--endpoint', 'x', '--max-queue-texts', '0'],
    {},
    /--endpoint.*\n--max-queue-texts/,
  ],
  [
    'a short token',
    ['--provider', 'static'],
    { SENSORIUM_EMBED_TOKEN: 'short' },
    /SENSORIUM_EMBED_TOKEN: a token has 16/,
  ],
  [
    'an open door',
    ['--provider', 'static', '--endpoint', '0.0.0.0:0'],
    {},
    /anyone could use the service; set a token/,
  ],
]
for (const [name, args, environment, says] of faults) {
  test(`${name}: one message that says what to do, exit code 1`, async t => {
    const command = run(t, args, environment)
    assert.equal((await command.ended).code, 1)
    const { stderr } = command.output()
    assert.match(stderr, says)
    assert.ok(!stderr.includes('    at '), 'no stack')
  })
}
