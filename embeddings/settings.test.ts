import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { parse } from 'yaml'
import { embeddingSettings } from './settings.ts'

test('every configuration of docs/embeddings.md is one that we take, and all three providers are shown', async () => {
  const page = await readFile(new URL('../docs/embeddings.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(match => match[1]!.replaceAll(/\$\{env:\w+\}/g, 'token'))
  const shown = blocks.map(text => {
    const { processors } = parse(text) as { processors: { embed: { model: unknown } } } // checked by the schema below
    return embeddingSettings.parse(processors.embed.model).provider
  })
  assert.deepEqual([...new Set(shown)].sort(), ['http', 'onnx', 'static'])
})
