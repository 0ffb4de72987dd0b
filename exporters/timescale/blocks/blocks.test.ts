import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDatabase } from '../../../tests/postgres.ts'
import { openClient } from '../testing/exporter.ts'
import { FILTER_HASHES_MAX, filterOf } from './filter.ts'
import { Hashes } from './hashes.ts'
import { eachWord, hashOf, literalWords, secondHash } from './words.ts'

const wordsIn = (text: string) => {
  const words = new Set<number>()
  eachWord(text, hash => words.add(hash >>> 0))
  return words
}
const sorted = (words: Iterable<number>) => [...words].map(hash => hash >>> 0).sort((a, b) => a - b)

const TEXTS = [
  'order ord_abqawh648j paid 42.50 EUR in 12ms',
  'PaymentError: card-4711 “declined” – now',
  'Überweisung von Müller fehlgeschlagen, 支払いが失敗 😀x',
  '',
  '...',
  'ＦＵＬＬ ｗｉｄｔｈ １２３',
]

test('the database finds the same words as the exporter, and the same hashes', async t => {
  const client = await openClient(t, await createDatabase())
  const read = async (text: string, of = 'search_words($1)') => {
    const { rows } = await client.query<{ h: string[] }>(`SELECT search_hashes(w) AS h FROM unnest(${of}) w`, [text])
    return sorted(rows.map(({ h }) => Number(h[0])))
  }
  for (const text of TEXTS) assert.deepEqual(await read(text), sorted(wordsIn(text)), text)
  for (const template of ['charge <id> of <number> EUR failed after<duration>ms', 'GET <path> by user_<id>: done']) {
    assert.deepEqual(await read(template, 'template_literals($1)'), sorted(literalWords(template)), template)
  }
  const { rows } = await client.query<{ h: string[] }>('SELECT search_hashes($1) AS h', ['#00ff'])
  assert.deepEqual(rows[0]!.h.map(Number), [hashOf('#00ff') >>> 0, secondHash(hashOf('#00ff'))])
  const property = fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 40 }), async text => {
    if (text.includes('\0')) return
    assert.deepEqual(await read(text), sorted(wordsIn(text)))
  })
  await fc.assert(property, { numRuns: 300 })
})

test('the database finds in a filter all that was put in, and hardly anything else', async t => {
  const client = await openClient(t, await createDatabase())
  for (const [length, most] of [
    [FILTER_HASHES_MAX, 25],
    [9, 30],
  ] as const) {
    const words = Array.from({ length }, (_, i) => `word_${i}`)
    const filter = Buffer.from(filterOf(new Set(words.map(hashOf))))
    assert.ok(filter.length <= 1_960, `${filter.length}`)
    const { rows } = await client.query<{ own: number; others: number }>(
      `SELECT count(*) FILTER (WHERE own AND has)::int AS own, count(*) FILTER (WHERE NOT own AND has)::int AS others
       FROM (SELECT own, filter_has($1, h[1], h[2]) AS has
         FROM (SELECT true AS own, unnest($2::text[]) AS w UNION ALL SELECT false, 'other_' || n FROM generate_series(1, 10000) n) q
         CROSS JOIN LATERAL search_hashes(w) h) found`,
      [filter, words],
    )
    assert.equal(rows[0]!.own, length)
    assert.ok(rows[0]!.others <= most, `${rows[0]!.others} of 10000`)
  }
})

test('a set of hashes holds what was put in, once, however many and whichever', () => {
  const hash = fc.oneof(fc.integer({ min: -2147483648, max: 2147483647 }), fc.constantFrom(0, -1, 512, 1024))
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 1_500 }), list => {
      const hashes = new Hashes()
      for (const one of list) hashes.add(one)
      assert.equal(hashes.size, new Set(list).size)
      assert.deepEqual(sorted(hashes), sorted(new Set(list)))
    }),
  )
})
