import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryInstructionOf } from './instruction.ts'

const BGE = 'Represent this sentence for searching relevant passages: '
const cases: [what: string, prompts: Record<string, string | null> | undefined, names: string[], expected?: string][] =
  [
    ['what the folder says', { query: 'query: ', document: '' }, ['anything'], 'query: '],
    ['a folder that wants nothing, though its family does', { query: '' }, ['bge-base-en-v1.5']],
    ['a prompt of another task is none for questions', { classification: 'class: ' }, ['mini']],
    ['BGE by the name of its hub', undefined, ['BAAI/bge-large-en-v1.5'], BGE],
    ['BGE by its config', undefined, ['model', '/root/.cache/torch/sentence_transformers/BAAI_bge-small-en/'], BGE],
    ['BGE in Chinese', undefined, ['bge-base-zh'], '为这个句子生成表示以用于检索相关文章：'],
    ['BGE-M3 wants none', undefined, ['BAAI/bge-m3']],
    ['MiniLM wants none', undefined, ['all-MiniLM-L6-v2']],
  ]
for (const [what, prompts, names, expected] of cases) {
  test(`before a question: ${what}`, () => {
    assert.equal(queryInstructionOf(prompts === undefined ? undefined : { prompts }, names), expected)
  })
}
