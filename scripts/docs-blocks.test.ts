import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blocksOf } from './docs-blocks.ts'

test('command blocks are found with their line and the reason not to run them; other blocks are none', () => {
  const page = [
    'a',
    '```sh',
    'one',
    'two',
    '```',
    '<!-- not run: needs docker -->',
    '```sh',
    'three',
    '```',
    '```yaml',
    '```',
    '````sh',
    '```',
    '````',
  ]
  assert.deepEqual(blocksOf(page.join('\n')), [
    { line: 2, text: 'one\ntwo' },
    { line: 7, text: 'three', notRun: 'needs docker' },
    { line: 12, text: '```' },
  ])
})
