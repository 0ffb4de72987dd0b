import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { decodeRequest, type Encoding } from '../../receivers/otlp/wire/index.ts'
import { CORPUS, corpusFile, corpusFiles } from './corpus.ts'
import { CORPUS_FOLDER } from './write-corpus.ts'

const LIMITS = { maxNesting: 32, maxRecords: 200_000 }
const ENCODINGS: Record<string, Encoding> = { 'application/x-protobuf': 'protobuf', 'application/json': 'json' }

test('the files are those that the generator writes; if not, run node tests/otlp/write-corpus.ts', () => {
  const expected = corpusFiles()
  assert.deepEqual(readdirSync(CORPUS_FOLDER).sort(), [...expected.keys()].sort())
  for (const [name, bytes] of expected) assert.ok(readFileSync(path.join(CORPUS_FOLDER, name)).equals(bytes), name)
  assert.equal(expected.size, CORPUS.length + 1, 'two cases have the same name')
})

describe('the decoder takes, rejects and refuses what the corpus says', () => {
  for (const entry of CORPUS) {
    const encoding = ENCODINGS[entry.contentType ?? '']
    if (encoding === undefined || entry.contentEncoding !== undefined) continue
    test(corpusFile(entry), () => {
      const decode = () => decodeRequest(entry.signal, entry.body, encoding, LIMITS)
      if (entry.status !== 200) return assert.throws(decode, { name: 'MalformedRequestError' })
      const { items, rejected } = decode()
      assert.deepEqual(
        { stored: items.length, rejected: rejected.length },
        { stored: entry.stored, rejected: entry.rejected },
      )
    })
  }
})
