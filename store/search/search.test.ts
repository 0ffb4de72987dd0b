import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { createDatabase, type TestDatabase } from '../../tests/postgres.ts'
import { ensureVectorIndex, hasVector, writeEmbeddings } from '../fingerprints/embeddings.ts'
import { foldSightings } from '../fingerprints/fold.ts'
import { createSearcher, type Meaning } from './index.ts'
import { byMeaning } from './rankings.ts'
import { VectorMemory } from './vector-memory.ts'

interface Problem {
  readonly fingerprint: bigint
  readonly template: string
  readonly kind?: string
  readonly service?: string
  readonly environment?: string
  readonly at?: string
  readonly records?: number
}

const PROBLEMS: readonly Problem[] = [
  { fingerprint: 1n, template: 'PaymentTimeoutError at charge in src/gateway.ts', kind: 'error', service: 'checkout' },
  { fingerprint: 2n, template: 'user <user> logged in', service: 'accounts', records: 70 },
  { fingerprint: 3n, template: 'no space left on device <path>', service: 'storage', environment: 'staging' },
  { fingerprint: 4n, template: 'cache miss for <id>', service: 'catalog', at: '2026-01-01' },
  { fingerprint: -5n, template: 'disk volume <id> is full', service: 'storage' },
]
/** Directions that a test can read: payment, people, disk. */
const AXES: readonly (readonly [RegExp, number])[] = [
  [/pay|charge|card/i, 0],
  [/user|login|logged|people/i, 1],
  [/disk|space|volume|storage/i, 2],
]

function vectorOf(text: string): Float32Array {
  const vector = new Float32Array([0.01, 0.01, 0.01, 0.1])
  for (const [pattern, axis] of AXES) if (pattern.test(text)) vector[axis]! += 1
  const length = Math.hypot(...vector)
  return vector.map(value => value / length)
}

const MEANING: Meaning = { model: 'axes/4', dimensions: 4, embed: async text => vectorOf(text) }

async function filled(t: TestContext): Promise<{ client: pg.Client; database: TestDatabase['database'] }> {
  const { url, database } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  for (const problem of PROBLEMS) await see(client, problem)
  await foldSightings(client)
  const { rows } = await client.query<{ fingerprint: string; passage: string }>('SELECT * FROM fingerprint_texts')
  await writeEmbeddings(
    client,
    MEANING.model,
    rows.map(row => BigInt(row.fingerprint)),
    rows.map(row => vectorOf(row.passage)),
  )
  return { client, database }
}

async function see(client: pg.Client, problem: Problem): Promise<void> {
  const { fingerprint, template, kind = 'log', service = 'shop', environment = 'prod', at = '2026-11-01' } = problem
  await client.query(
    `INSERT INTO fingerprint_sightings VALUES ($1, $2, 1, $3, $4, 17, $5, $6, '1', $7, $8::timestamptz, $8::timestamptz)`,
    [String(fingerprint), kind, template, `${template}!`, service, environment, problem.records ?? 1, at],
  )
}

const ids = (hits: readonly { readonly fingerprint: string }[]) =>
  hits.map(({ fingerprint }) => BigInt.asIntN(64, BigInt(`0x${fingerprint}`)))

test('a problem is found by its words, however code writes them, by half a word, and by what it means', async t => {
  const { database } = await filled(t)
  const { search } = createSearcher(database, MEANING)
  const first = async (text: string) => (await search({ text, limit: 1 })).hits[0]!

  const words = await first('timeout of payments')
  assert.deepEqual(ids([words]), [1n])
  assert.equal(words.matched.words?.rank, 1)
  const letters = await first('PaymentTimeo')
  assert.deepEqual(ids([letters]), [1n])
  assert.equal(letters.matched.letters?.rank, 1)
  const meaning = await first('people cannot sign in')
  assert.deepEqual(ids([meaning]), [2n])
  assert.equal(meaning.matched.words, undefined, 'not a word in common')
})

test('a hit tells how often, since when, where, and why', async t => {
  const { client, database } = await filled(t)
  await see(client, { ...PROBLEMS[1]!, service: 'web', records: 5, at: '2026-11-03' })
  const { hits, notes } = await createSearcher(database, MEANING).search({ text: 'user logged in', limit: 1 })
  const { matched, score, certainty, ...hit } = hits[0]!
  assert.deepEqual(hit, {
    fingerprint: '0000000000000002',
    group_id: '0000000000000002',
    kind: 'log',
    template: 'user <user> logged in',
    sample: 'user <user> logged in!',
    severity_number: 17,
    records: 75,
    group_members: 1,
    first_seen: new Date('2026-11-01T00:00:00Z'),
    last_seen: new Date('2026-11-03T00:00:00Z'),
    first_release: '1',
    services: [
      { service: 'accounts', environment: 'prod', records: 70 },
      { service: 'web', environment: 'prod', records: 5 },
    ],
  })
  assert.deepEqual(Object.keys(matched), ['meaning', 'words', 'letters'])
  assert.ok(score > 0)
  assert.equal(certainty, 'high')
  assert.deepEqual(notes, [])
})

test('filters admit what they say and nothing else, in every way of looking', async t => {
  const { database } = await filled(t)
  const { search } = createSearcher(database, MEANING)
  const text = 'payment user disk space cache storage'
  const all = async (filter: object) => ids((await search({ text, limit: 10, ...filter })).hits).sort()
  const sorted = (...fingerprints: bigint[]) => fingerprints.sort()
  assert.deepEqual(await all({ kind: 'error' }), [1n])
  assert.deepEqual(await all({ services: ['storage'] }), sorted(3n, -5n))
  assert.deepEqual(await all({ services: ['storage'], environments: ['staging'] }), [3n])
  assert.deepEqual(await all({ since: new Date('2026-06-01') }), sorted(1n, 2n, 3n, -5n))
  assert.deepEqual(await all({ until: new Date('2026-06-01') }), [4n])
  assert.deepEqual(await all({ services: ['nobody'] }), [])
  assert.deepEqual((await search({ text, limit: 10, services: ['nobody'] })).notes, [])
})

test('a group is one hit, and likeness leaves out one’s own group', async t => {
  const { client, database } = await filled(t)
  const { search, similar } = createSearcher(database, MEANING)
  assert.deepEqual(ids((await search({ text: 'disk space volume', limit: 2 })).hits).sort(), [-5n, 3n])
  assert.equal(ids((await similar({ fingerprint: 3n, limit: 1 })).hits)[0], -5n)
  await client.query('UPDATE fingerprints SET group_id = 3 WHERE fingerprint = -5')
  const { hits } = await search({ text: 'disk space volume', limit: 5 })
  assert.equal(hits.filter(({ group_id }) => group_id === '0000000000000003').length, 1)
  assert.equal(hits[0]!.group_members, 2)
  assert.ok(!ids((await similar({ fingerprint: 3n, limit: 5 })).hits).includes(-5n))
})

test('without vectors, or with a model that is away, words still find, and the answer says so', async t => {
  const { database } = await filled(t)
  const away: Meaning = { ...MEANING, embed: () => Promise.reject(new Error('the service is away')) }
  for (const [meaning, note] of [
    [undefined, /no processor "embed"/],
    [away, /the service is away/],
    [{ ...MEANING, model: 'other/4' }, /other\/4/],
  ] as const) {
    const { hits, notes } = await createSearcher(database, meaning).search({ text: 'no space left', limit: 1 })
    assert.deepEqual(ids(hits), [3n])
    assert.match(notes.join(), note)
  }
})

const ODD_QUESTIONS = [
  'the of',
  `a & | ! ( ':* <-> )`,
  `it's "quoted" \\ %_`,
  'x'.repeat(200_000),
  'ünïcödé 支付 超时',
  'NUL \0 in it',
  'half a \ud800 pair',
  `'; DROP TABLE fingerprints; --`,
]
for (const text of ODD_QUESTIONS) {
  test(`a question is words, whatever it holds: ${JSON.stringify(text.slice(0, 40))}`, async t => {
    const { client, database } = await filled(t)
    const { hits } = await createSearcher(database, MEANING).search({ text, limit: 3 })
    assert.ok(hits.length <= 3)
    assert.equal((await client.query('SELECT FROM fingerprints')).rowCount, PROBLEMS.length)
  })
}

test('what is asked wrongly is told: a question without a word, a fingerprint that is not there', async t => {
  const { database } = await filled(t)
  const { search, similar } = createSearcher(database, MEANING)
  await assert.rejects(search({ text: ' ?! ', limit: 1 }), { code: 'USAGE', message: /no word/ })
  await assert.rejects(similar({ fingerprint: -1n, limit: 1 }), { code: 'USAGE', message: /ffffffffffffffff/ })
})

test('the nearest are those that a comparison with every vector finds, also of what came in since the last question', async t => {
  const { client } = await filled(t)
  const model = 'random/16'
  const random = (seed: number) => {
    const vector = Float32Array.from({ length: 16 }, (_, i) => Math.sin(seed * 7919 + i * i * 104_729))
    const length = Math.hypot(...vector)
    return vector.map(value => value / length)
  }
  const memory = new VectorMemory(model, 16)
  const asked = random(0.5)
  const expected = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      fingerprint: BigInt(i),
      cosine: random(i).reduce((sum, value, at) => sum + value * asked[at]!, 0),
    }))
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, 10)
      .map(({ fingerprint }) => fingerprint)
  for (const [from, to] of [
    [0, 1_500],
    [1_500, 7_000],
  ] as const) {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i)
    await client.query(
      `INSERT INTO fingerprints (fingerprint, group_id, automatic_group, kind, version, template, sample, severity_number, records, first_seen, last_seen)
       SELECT n, n, n, 'log', 1, '', '', 9, 1, now(), now() FROM unnest($1::int[]) AS n ON CONFLICT DO NOTHING`,
      [numbers],
    )
    await writeEmbeddings(client, model, numbers.map(BigInt), numbers.map(random))
    const { nearest } = await memory.nearest(client, asked, 10)
    assert.deepEqual(
      nearest.map(({ fingerprint }) => fingerprint),
      expected(to),
    )
  }
  const among = new Set([3n, 4n])
  const { nearest: few } = await memory.nearest(client, asked, 10, { among })
  assert.deepEqual(new Set(few.map(one => one.fingerprint)), among)
  const also = new Set([6_999n])
  const { nearest: more } = await memory.nearest(client, asked, 1, { also })
  assert.equal(more.length, 2)
  assert.ok(
    more.some(one => one.fingerprint === 6_999n),
    'what another way has found has a cosine, too',
  )
  if (!(await hasVector(client))) return
  // The same through pgvector, but for what HNSW may miss.
  assert.equal(await ensureVectorIndex(client, model, 16), true)
  assert.equal(await ensureVectorIndex(client, model, 16), true, 'made once')
  await client.query('BEGIN')
  const found = (await byMeaning(client, model, asked, {})).slice(0, 10).map(({ fingerprint }) => fingerprint)
  await client.query('COMMIT')
  assert.ok(found.filter(fingerprint => expected(7_000).includes(fingerprint)).length >= 9, String(found))
})
