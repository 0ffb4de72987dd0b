import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { EmbeddingError } from '../errors.ts'
import { readManifest } from '../manifest.ts'
import { listModels } from '../models.ts'
import { openOnnxProvider } from '../onnx/index.ts'
import { onnxSettings } from '../onnx/settings.ts'
import { send, sendPart, startHub, type TestHub } from '../testing/hub.ts'
import { keepingLogger } from '../testing/logger.ts'
import { tinyBertFiles } from '../testing/tiny-bert.ts'
import { hubAt } from './hub.ts'
import { type PullOptions, type PullProgress, pullModel } from './index.ts'

const MODEL = 'acme/tiny-bert'
const GRAPH = 'onnx/model.onnx'

async function setup(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'embeddings-pull-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const files = {
    ...tinyBertFiles({ file: GRAPH }),
    'README.md': Buffer.from('# tiny'),
    'pytorch_model.bin': Buffer.alloc(5_000),
    'onnx/model_fp16.onnx': Buffer.alloc(3_000, 7),
  }
  const hub = await startHub(t, MODEL, files)
  const folder = path.join(root, MODEL)
  const retries: string[] = []
  const progress: PullProgress[] = []
  /** The first `times` requests for the graph break off once `bytes` of their bytes have been written down. */
  const breakOff = (bytes: number, times: number) => {
    hub.mischief = (request, response, file, nth) => {
      if (file !== GRAPH || nth > times) return false
      const cut = sendPart(hub, request, response, file, bytes)
      const wanted = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0) + bytes
      onBytes = there => there === wanted && cut()
      return true
    }
  }
  let onBytes: (ofGraph: number) => void = () => {}
  const pull = (changed: Partial<PullOptions> = {}) =>
    pullModel({
      hub: hubAt(hub.url, undefined),
      model: MODEL,
      revision: 'main',
      folder,
      signal: new AbortController().signal,
      onProgress: each => {
        progress.push(each)
        // The graph is the largest file and comes last.
        if (each.file === GRAPH) onBytes(each.bytes - (each.totalBytes - hub.files[GRAPH]!.length))
      },
      onRetry: message => retries.push(message),
      retryIntervalMs: 1,
      ...changed,
    })
  return { root, hub, folder, retries, progress, breakOff, pull }
}

async function assertWhole(hub: TestHub, folder: string): Promise<void> {
  for (const [name, content] of Object.entries(hub.files)) {
    if (name === 'pytorch_model.bin' || name === 'onnx/model_fp16.onnx') continue
    assert.ok(Buffer.from(content).equals(await readFile(path.join(folder, name))), name)
  }
}
const requestsFor = (hub: TestHub, file: string) => hub.requests.filter(line => line.includes(`/resolve/main/${file}`))
const failsWith = (says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof EmbeddingError && error.code === 'DOWNLOAD_FAILED', String(error))
  assert.match(error.message, says)
  return true
}

test('a pulled folder is whole, opens as a model, and tells where it came from', async t => {
  const { root, hub, folder, progress, retries, pull } = await setup(t)
  const { isNew, manifest } = await pull()
  assert.equal(isNew, true)
  await assertWhole(hub, folder)
  assert.deepEqual(retries, [])
  assert.deepEqual([manifest.model, manifest.commit], [MODEL, hub.commit])
  assert.deepEqual(await readManifest(folder), manifest)
  const names = (await readdir(folder, { recursive: true })).filter(
    name => name.endsWith('.bin') || name.includes('fp16'),
  )
  assert.deepEqual(names, [], 'what a provider does not read is not fetched')
  assert.equal(progress.at(-1)!.bytes, progress.at(-1)!.totalBytes)
  assert.deepEqual(await readdir(path.dirname(folder)), [path.basename(folder)], 'nothing is left beside it')
  const [entry] = await listModels(root)
  assert.deepEqual([entry!.name, entry!.folder, entry!.revision], [MODEL, folder, hub.commit.slice(0, 12)])
  const settings = onnxSettings.parse({ provider: 'onnx', model_dir: folder, threads: 1 })
  const provider = await openOnnxProvider(settings, keepingLogger().logger)
  t.after(() => provider.close())
  assert.match(provider.id, /^acme\/tiny-bert@/)
})

test('a second pull of the same fetches nothing, and one of a changed file replaces the folder', async t => {
  const { hub, folder, pull } = await setup(t)
  await pull()
  const before = hub.requests.length
  assert.equal((await pull()).isNew, false)
  assert.ok(hub.requests.slice(before).every(line => line.startsWith('GET /api/')))
  hub.files['README.md'] = Buffer.from('# tiny, second edition')
  assert.equal((await pull()).isNew, true)
  await assertWhole(hub, folder)
})

test('a connection that breaks off is taken up at the byte where it broke', async t => {
  const { hub, folder, retries, breakOff, pull } = await setup(t)
  breakOff(10_000, 3)
  await pull()
  await assertWhole(hub, folder)
  assert.deepEqual(
    requestsFor(hub, GRAPH).map(line => line.split(' ')[2]),
    [undefined, 'bytes=10000-', 'bytes=20000-', 'bytes=30000-'],
  )
  assert.equal(retries.length, 3)
})

test('a pull that was ended goes on in the next call, also after the process is gone', async t => {
  const { hub, folder, breakOff, pull } = await setup(t)
  const controller = new AbortController()
  const reason = new Error('interrupted')
  breakOff(12_000, 1)
  await assert.rejects(
    pull({ signal: controller.signal, onRetry: () => controller.abort(reason), retryIntervalMs: 60_000 }),
    reason,
  )
  await assert.rejects(readdir(folder), { code: 'ENOENT' }, 'no half a folder')
  const before = hub.requests.length
  await pull()
  await assertWhole(hub, folder)
  const again = hub.requests.slice(before).filter(line => line.includes('/resolve/'))
  assert.deepEqual(again, [`GET /${MODEL}/resolve/main/${GRAPH} bytes=12000-`], 'and nothing else is fetched twice')
})

test('a hub that knows no ranges is asked for the whole again', async t => {
  const { hub, folder, breakOff, pull } = await setup(t)
  hub.hasRanges = false
  breakOff(10_000, 1)
  await pull()
  await assertWhole(hub, folder)
})

for (const [kind, file] of [
  ['a large file, by its SHA-256', GRAPH],
  ['a small file, by its git id', 'config.json'],
] as const) {
  test(`a corrupted file is fetched anew: ${kind}`, async t => {
    const { hub, folder, retries, pull } = await setup(t)
    hub.mischief = (_request, response, name, nth) => {
      if (name !== file || nth > 1) return false
      const damaged = Buffer.from(hub.files[file]!)
      damaged[damaged.length >> 1]! ^= 1
      response.end(damaged)
      return true
    }
    await pull()
    await assertWhole(hub, folder)
    assert.match(retries.join(), /came with the checksum .*, the hub lists .*; fetching it again/)
  })

  test(`a file that stays corrupted ends the pull, and no folder appears: ${kind}`, async t => {
    const { hub, folder, pull } = await setup(t)
    hub.mischief = (_request, response, name) => {
      if (name !== file) return false
      response.end(Buffer.alloc(hub.files[file]!.length, 1))
      return true
    }
    await assert.rejects(pull(), failsWith(new RegExp(`${file} came with the checksum .*, twice`)))
    await assert.rejects(readdir(folder), { code: 'ENOENT' })
    hub.mischief = () => false
    await pull()
    await assertWhole(hub, folder)
  })
}

test('a file that changed while it was half there is fetched from its start', async t => {
  const { hub, folder, pull } = await setup(t)
  const partial = path.join(`${folder}.partial`, GRAPH)
  await mkdir(path.dirname(partial), { recursive: true })
  await writeFile(`${partial}.part`, Buffer.alloc(9_000, 5))
  await pull()
  await assertWhole(hub, folder)
  await rm(folder, { recursive: true })
  await mkdir(path.dirname(partial), { recursive: true })
  await writeFile(`${partial}.part`, Buffer.alloc(hub.files[GRAPH]!.length + 10))
  await writeFile(`${path.dirname(partial)}/left-by-another-revision.json`, '{}')
  await pull()
  await assertWhole(hub, folder)
  await assert.rejects(readFile(path.join(folder, 'onnx/left-by-another-revision.json')), { code: 'ENOENT' })
})

test('a busy hub is asked again', async t => {
  const { hub, folder, retries, pull } = await setup(t)
  hub.mischief = (_request, response, file, nth) => {
    if (file !== 'tokenizer.json' || nth > 2) return false
    response.writeHead(nth === 1 ? 503 : 429, { 'retry-after': '0' }).end()
    return true
  }
  await pull()
  await assertWhole(hub, folder)
  assert.match(retries.join(), /503.*429/)
})

test('a hub that gives nothing, time after time, is given up with what to do', async t => {
  const { hub, pull } = await setup(t)
  hub.mischief = (_request, response, file) => {
    if (file !== GRAPH) return false
    response.destroy()
    return true
  }
  await assert.rejects(pull(), failsWith(/gave up after 5 tries: .*; pull again to go on/))
  assert.equal(requestsFor(hub, GRAPH).length, 5)
})

test('a hub that sends more than it lists is stopped', async t => {
  const { hub, pull } = await setup(t)
  hub.mischief = (_request, response, file) => {
    if (file !== 'config.json') return false
    response.end(Buffer.concat([hub.files[file]!, Buffer.alloc(100)]))
    return true
  }
  await assert.rejects(pull(), failsWith(/config\.json is longer than the \d+ bytes/))
})

for (const entry of [
  '../../outside.json',
  '/etc/outside.json',
  'onnx/../../outside.json',
  'a\\b.json',
  'x//y.json',
  'a\0b',
]) {
  test(`a listing that leads out of the folder is refused: ${JSON.stringify(entry)}`, async t => {
    const { hub, root, pull } = await setup(t)
    hub.extraEntries.push({ type: 'file', path: entry, oid: '0'.repeat(40), size: 2 })
    await assert.rejects(pull(), failsWith(/would not lie in the model's folder/))
    assert.deepEqual(await readdir(root), [])
  })
}

const without =
  (...files: string[]) =>
  (hub: TestHub) => {
    for (const file of files) delete hub.files[file]
  }
const faults: [name: string, spoil: (hub: TestHub) => void, changed: Partial<PullOptions>, says: RegExp][] = [
  ['an unknown model', () => {}, { model: 'acme/other' }, /404 .*no such model or revision/],
  ['an unknown revision', () => {}, { revision: 'v9' }, /404 .*at revision v9/],
  ['a name that is none', () => {}, { model: '../../etc' }, /is no model name/],
  ['a model without ONNX', without(GRAPH, 'onnx/model_fp16.onnx'), {}, /holds no ONNX file/],
  ['a model with other ONNX files', without(GRAPH), {}, /it has onnx\/model_fp16\.onnx: name one with --file/],
  ['a model without a tokenizer', without('tokenizer.json'), {}, /no tokenizer\.json/],
  [
    'a file that vanished',
    hub => {
      hub.mischief = (_request, response) => response.writeHead(404).end().writableEnded
    },
    {},
    /404/,
  ],
  [
    'a missing token',
    hub => {
      hub.token = 'secret-token'
    },
    {},
    /401 .*SENSORIUM_HUB_TOKEN/,
  ],
]
for (const [name, spoil, changed, says] of faults) {
  test(`${name} is told in words`, async t => {
    const { hub, pull } = await setup(t)
    spoil(hub)
    await assert.rejects(pull(changed), failsWith(says))
  })
}

test('a token is sent, and another model file can be chosen', async t => {
  const { hub, folder, pull } = await setup(t)
  hub.token = 'secret-token'
  await pull({ hub: hubAt(`${hub.url}/`, 'secret-token'), modelFile: 'onnx/model_fp16.onnx' })
  assert.deepEqual(await readdir(path.join(folder, 'onnx')), ['model_fp16.onnx'])
})

test('a folder that someone else made is left alone', async t => {
  const { folder, pull } = await setup(t)
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'thesis.txt'), 'years of work')
  await assert.rejects(pull(), failsWith(/was not pulled by sensorium; move it away/))
  assert.equal(await readFile(path.join(folder, 'thesis.txt'), 'utf8'), 'years of work')
})

test('two pulls into one folder: the second is told of the first, and a dead one does not count', async t => {
  const { hub, folder, pull } = await setup(t)
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  hub.mischief = (request, response, file) => {
    if (file !== GRAPH) return false
    begun.resolve()
    void goOn.promise.then(() => send(hub, request, response, file))
    return true
  }
  const first = pull()
  await begun.promise
  await assert.rejects(pull(), failsWith(new RegExp(`process ${process.pid} pulls into the same folder`)))
  goOn.resolve()
  await first
  await rm(folder, { recursive: true })
  // No process has this id: Linux counts to 4,194,304.
  await writeFile(`${folder}.partial.lock`, '99999999')
  await pull()
  await assertWhole(hub, folder)
})

test('a hub that is no URL, or nowhere, is told', async t => {
  const { pull } = await setup(t)
  assert.throws(() => hubAt('models.example.com', undefined), { code: 'SETTINGS_INVALID' })
  await assert.rejects(pull({ hub: hubAt('http://127.0.0.1:1', undefined) }), { code: 'SERVICE_UNAVAILABLE' })
})
