import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { startCommand } from '../../embeddings/testing/command.ts'
import { sendPart, startHub } from '../../embeddings/testing/hub.ts'
import { tinyBertFiles } from '../../embeddings/testing/tiny-bert.ts'

const MODEL = 'acme/tiny-bert'

async function setup(t: TestContext) {
  const dir = await mkdtemp(path.join(tmpdir(), 'model-command-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const hub = await startHub(t, MODEL, tinyBertFiles())
  const run = (...args: string[]) => {
    const environment = { SENSORIUM_MODELS_DIR: dir, SENSORIUM_HUB_URL: hub.url }
    const command = startCommand('model.ts', 'modelCommand', args, environment)
    t.after(() => command.child.kill('SIGKILL'))
    return command
  }
  return { dir, hub, run }
}

test('pull brings a model, list shows it, a second pull finds it there', async t => {
  const { dir, hub, run } = await setup(t)
  const empty = run('list')
  await empty.ended
  assert.match(empty.output().stdout, /no models in .*; fetch one with sensorium model pull/)
  const pull = run('pull', MODEL)
  assert.equal((await pull.ended).code, 0, pull.output().stderr)
  assert.equal(pull.output().stdout, `${MODEL} at ${hub.commit} is in ${path.join(dir, MODEL)}\n`)
  assert.match(pull.output().stderr, /^100 % {2}.*model\.onnx$/m)
  assert.ok(!pull.output().stderr.includes('\x1b'), 'no cursor movements where there is no terminal')
  const again = run('pull', MODEL)
  await again.ended
  assert.match(again.output().stdout, /was in .* already/)
  const list = run('list', '--json')
  await list.ended
  const models = JSON.parse(list.output().stdout) as { name: string; folder: string }[] // as the command says
  assert.deepEqual(
    models.map(({ name, folder }) => [name, folder]),
    [[MODEL, path.join(dir, MODEL)]],
  )
})

test('Ctrl-C leaves what was fetched, says so, and the same command goes on from there', async t => {
  const { dir, hub, run } = await setup(t)
  const begun = Promise.withResolvers<void>()
  hub.mischief = (request, response, file) => {
    if (file !== 'model.onnx') return false
    sendPart(hub, request, response, file, 10_000)
    begun.resolve()
    return true
  }
  const first = run('pull', MODEL)
  await begun.promise
  first.child.kill('SIGINT')
  assert.equal((await first.ended).code, 1)
  assert.match(first.output().stderr, /sensorium: interrupted; the same command goes on where it stopped/)
  assert.deepEqual(await readdir(path.join(dir, 'acme')), ['tiny-bert.partial'])
  hub.mischief = () => false
  const second = run('pull', MODEL, '--to', path.join(dir, MODEL))
  assert.equal((await second.ended).code, 0, second.output().stderr)
  assert.deepEqual(await readdir(path.join(dir, 'acme')), ['tiny-bert'])
})

test('no hub is built in: the message says how to name one', async t => {
  const command = startCommand('model.ts', 'modelCommand', ['pull', MODEL])
  t.after(() => command.child.kill('SIGKILL'))
  assert.equal((await command.ended).code, 1)
  assert.match(command.output().stderr, /none is built in: .*--hub or SENSORIUM_HUB_URL/)
})

test('a download that fails is one message, without a stack', async t => {
  const { run } = await setup(t)
  const command = run('pull', 'acme/other')
  assert.equal((await command.ended).code, 1)
  assert.match(command.output().stderr, /^sensorium: the hub answered 404/)
  assert.ok(!command.output().stderr.includes('    at '))
})
