import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
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

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`${signal} leaves what was fetched, and the same command goes on at the byte where it stopped`, async t => {
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
    const part = path.join(dir, `${MODEL}.partial`, 'model.onnx.part')
    const written = () =>
      stat(part).then(
        found => found.size,
        () => 0,
      )
    while ((await written()) < 10_000);
    first.child.kill(signal)
    const { code } = await first.ended
    if (signal !== 'SIGKILL') {
      assert.equal(code, 1)
      assert.match(first.output().stderr, /sensorium: interrupted; the same command goes on where it stopped/)
      assert.deepEqual(await readdir(path.join(dir, 'acme')), ['tiny-bert.partial'])
    }
    assert.equal(await written(), 10_000)
    hub.mischief = () => false
    const before = hub.requests.length
    const second = run('pull', MODEL)
    assert.equal((await second.ended).code, 0, second.output().stderr)
    assert.deepEqual(
      hub.requests.slice(before).filter(line => line.includes('/resolve/')),
      [`GET /${MODEL}/resolve/main/model.onnx bytes=10000-`],
    )
    assert.deepEqual(await readdir(path.join(dir, 'acme')), ['tiny-bert'])
  })
}

test('a file that comes wrong, twice, is told with both checksums, and is not kept', async t => {
  const { dir, hub, run } = await setup(t)
  hub.mischief = (_request, response, file) => {
    if (file !== 'model.onnx') return false
    response.end(Buffer.alloc(hub.files[file]!.length))
    return true
  }
  const command = run('pull', MODEL)
  assert.equal((await command.ended).code, 1)
  assert.match(
    command.output().stderr,
    /sensorium: model\.onnx came with the checksum sha256:\w{64}, the hub lists sha256:\w{64}/,
  )
  const left = await readdir(path.join(dir, 'acme'), { recursive: true })
  assert.deepEqual(
    left.filter(name => name.includes('model.onnx')),
    [],
  )
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
