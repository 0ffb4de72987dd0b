import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash64 } from './hash64.ts'

/** From the test vectors of the FNV reference code (Noll). */
const VECTORS: readonly [string, bigint][] = [
  ['', 0xcbf29ce484222325n],
  ['a', 0xaf63dc4c8601ec8cn],
  ['b', 0xaf63df4c8601f1a5n],
  ['foobar', 0x85944171f73967e8n],
  ['chongo was here!\n', 0x46810940eff5f915n],
]

test('hash64 is the published FNV-1a, signed', () => {
  for (const [text, hash] of VECTORS) assert.equal(hash64(text), BigInt.asIntN(64, hash), JSON.stringify(text))
})

test('hash64 sees every byte of a long text, in UTF-8', () => {
  const long = 'é'.repeat(5000)
  const plain = [...new TextEncoder().encode(long)].reduce(
    (hash, byte) => ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn,
    0xcbf29ce484222325n,
  )
  assert.equal(BigInt.asUintN(64, hash64(long)), plain)
  assert.notEqual(hash64(`${long}a`), hash64(`${long}b`))
})
