import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { corpusFiles } from './corpus.ts'

/** `node tests/otlp/write-corpus.ts` writes `tests/corpus/otlp` anew; a test says when that is needed. */
export const CORPUS_FOLDER = path.resolve(import.meta.dirname, '../corpus/otlp')

if (import.meta.main) {
  mkdirSync(CORPUS_FOLDER, { recursive: true })
  for (const name of readdirSync(CORPUS_FOLDER)) rmSync(path.join(CORPUS_FOLDER, name))
  for (const [name, bytes] of corpusFiles()) writeFileSync(path.join(CORPUS_FOLDER, name), bytes)
}
