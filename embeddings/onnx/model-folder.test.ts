import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { EmbeddingError } from '../errors.ts'
import { MAX_POSITIONS, type TinyBertOptions, writeTinyBert } from '../testing/tiny-bert.ts'
import { readModelFolder } from './model-folder.ts'
import { onnxSettings } from './settings.ts'

async function folderOf(t: TestContext, options: TinyBertOptions = {}): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'embeddings-folder-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeTinyBert(folder, options)
  return folder
}
const read = (folder: string, settings: object = {}) =>
  readModelFolder(onnxSettings.parse({ provider: 'onnx', model_dir: folder, ...settings }))
const write = (folder: string, name: string, value: unknown) =>
  writeFile(path.join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))

test('a folder tells its pooling, its limit and where its model lies', async t => {
  const folder = await folderOf(t, { pooling: 'cls', maxTokens: 20, file: 'onnx/model.onnx' })
  const found = await read(folder)
  assert.equal(found.pooling, 'cls')
  assert.equal(found.maxTokens, 20)
  assert.equal(found.modelFile, path.join(folder, 'onnx/model.onnx'))
  assert.equal(found.name, path.basename(folder))
})

const limits: [name: string, files: Record<string, unknown>, expected: number][] = [
  ['max_seq_length comes first', {}, 24],
  ['then the tokenizer', { 'sentence_bert_config.json': {}, 'tokenizer_config.json': { model_max_length: 30 } }, 30],
  [
    'a tokenizer without a limit says 1e30, then the positions count',
    { 'sentence_bert_config.json': {}, 'tokenizer_config.json': { model_max_length: 1e30 } },
    MAX_POSITIONS,
  ],
  ['never more than there are positions', { 'sentence_bert_config.json': { max_seq_length: 512 } }, MAX_POSITIONS],
  [
    'two positions of RoBERTa are not for tokens',
    {
      'sentence_bert_config.json': {},
      'config.json': { model_type: 'xlm-roberta', max_position_embeddings: 40, pad_token_id: 1 },
    },
    38,
  ],
]
for (const [name, files, expected] of limits) {
  test(`the longest text: ${name}`, async t => {
    const folder = await folderOf(t)
    for (const [file, value] of Object.entries(files)) await write(folder, file, value)
    assert.equal((await read(folder)).maxTokens, expected)
  })
}

test('younger folders name their pooling in one word, and settings fill in for a folder that does not', async t => {
  const folder = await folderOf(t)
  await write(folder, '1_Pooling/config.json', { pooling_mode: 'lasttoken' })
  assert.equal((await read(folder, { pooling: 'mean' })).pooling, 'last')
  await rm(path.join(folder, '1_Pooling'), { recursive: true })
  assert.equal((await read(folder, { pooling: 'mean' })).pooling, 'mean')
  assert.equal((await read(folder)).pooling, undefined)
})

test('the revision follows whatever changes the vectors, and nothing else', async t => {
  const folder = await folderOf(t)
  const { revision } = await read(folder)
  assert.match(revision, /^[0-9a-f]{12}$/)
  assert.equal((await read(await folderOf(t))).revision, revision, 'another folder with the same content')
  await write(folder, 'README.md', 'about this model')
  assert.equal((await read(folder)).revision, revision)
  for (const options of [{ seed: 8 }, { pooling: 'cls' }, { maxTokens: 20 }] as const) {
    assert.notEqual((await read(await folderOf(t, options))).revision, revision, JSON.stringify(options))
  }
})

const faults: [name: string, damage: (folder: string) => Promise<void>, says: RegExp][] = [
  ['no model file', folder => rm(path.join(folder, 'model.onnx')), /has no model\.onnx, onnx\/model\.onnx/],
  ['no tokenizer', folder => rm(path.join(folder, 'tokenizer.json')), /has no tokenizer\.json/],
  ['broken JSON', folder => write(folder, 'config.json', '{'), /config\.json that cannot be used/],
  ['a wrong type', folder => write(folder, 'sentence_bert_config.json', { max_seq_length: 'long' }), /max_seq_length/],
  [
    'a pooling that we cannot do',
    folder => write(folder, '1_Pooling/config.json', { pooling_mode_weightedmean_tokens: true }),
    /weightedmean_tokens.*cls, mean, max, lasttoken/,
  ],
  [
    'two poolings at once',
    folder => write(folder, '1_Pooling/config.json', { pooling_mode_cls_token: true, pooling_mode_max_tokens: true }),
    /cls_token and max_tokens/,
  ],
  [
    'a module that we would have to leave out',
    folder => write(folder, 'modules.json', [{ type: 'sentence_transformers.models.Dense', path: '2_Dense' }]),
    /Dense in modules\.json/,
  ],
]
for (const [name, damage, says] of faults) {
  test(`a folder with ${name} is refused, and the message names the file`, async t => {
    const folder = await folderOf(t)
    await damage(folder)
    await assert.rejects(read(folder), (error: unknown) => {
      assert.ok(error instanceof EmbeddingError && error.code === 'MODEL_UNUSABLE')
      assert.match(error.message, says)
      assert.ok(error.message.includes(folder))
      return true
    })
  })
}
