import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { EmbeddingError } from '../../embeddings/errors.ts'
import { type EmbeddingProvider, vectorSpace } from '../../embeddings/provider.ts'
import { openStaticProvider } from '../../embeddings/static/index.ts'
import { countUnembedded, dropOtherModels, hasVector } from '../../store/fingerprints/embeddings.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { embed } from './index.ts'
import { embedMissing } from './sweep.ts'

const { database } = await createDatabase()
testComponent(embed, { context: { database } })

const { signal } = new AbortController()
const BUILT_IN = await openStaticProvider({ provider: 'static', dimensions: 64 })
const MODEL = vectorSpace(BUILT_IN)

/** A database with `count` problems; number n says `problem n`, and the last ones are the most severe. */
async function withProblems(t: TestContext, count: number) {
  const { url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  await client.query(
    `INSERT INTO fingerprint_sightings
     SELECT n, 'log', 1, 'problem ' || n, '', CASE WHEN n > $1 - 100 THEN 17 ELSE 9 END, 'shop', 'prod', '1', 1, now(), now()
     FROM generate_series(1, $1::int) AS n`,
    [count],
  )
  await foldSightings(client)
  return { client, url }
}

test('every problem is embedded once, the most severe first', async t => {
  const { client } = await withProblems(t, 3_000)
  const sweep = await embedMissing(client, BUILT_IN, { signal })
  assert.deepEqual(sweep, { embedded: 3_000, refused: [], leads: true })
  const { rows } = await client.query(
    `SELECT count(*)::int AS n, min(array_length(embedding, 1)) AS size,
       (SELECT min(fingerprint)::int FROM (SELECT fingerprint FROM fingerprint_embeddings ORDER BY seq LIMIT 100) s) AS early
     FROM fingerprint_embeddings WHERE model = $1`,
    [MODEL],
  )
  assert.deepEqual(rows, [{ n: 3_000, size: 64, early: 2_901 }])
  assert.equal((await embedMissing(client, BUILT_IN, { signal })).embedded, 0)
})

test('two at once share nothing: one works, and no problem is embedded twice', async t => {
  const { client, url } = await withProblems(t, 500)
  const other = new pg.Client(url)
  await other.connect()
  t.after(() => other.end())
  let texts = 0
  const counting: EmbeddingProvider = {
    ...BUILT_IN,
    embed: (batch, ...rest) => {
      texts += batch.length
      return BUILT_IN.embed(batch, ...rest)
    },
  }
  const sweeps = await Promise.all([client, other].map(one => embedMissing(one, counting, { signal })))
  assert.equal(sweeps[0]!.embedded + sweeps[1]!.embedded, 500)
  assert.equal(texts, 500)
})

test('what was embedded before a service went away stays, and the rest follows', async t => {
  const { client } = await withProblems(t, 300)
  let calls = 0
  const failing: EmbeddingProvider = {
    ...BUILT_IN,
    embed: (batch, ...rest) =>
      ++calls > 2 ? Promise.reject(new EmbeddingError('SERVICE_UNAVAILABLE', 'gone')) : BUILT_IN.embed(batch, ...rest),
  }
  await assert.rejects(embedMissing(client, failing, { signal }), { code: 'SERVICE_UNAVAILABLE' })
  const left = await countUnembedded(client, MODEL)
  assert.equal(left, 300 - 2 * 64)
  assert.equal((await embedMissing(client, BUILT_IN, { signal })).embedded, left)
})

test('a text that the model refuses keeps no other from being embedded, and is told', async t => {
  const { client } = await withProblems(t, 200)
  const picky: EmbeddingProvider = {
    ...BUILT_IN,
    embed: (batch, ...rest) =>
      batch.some(text => text.endsWith('problem 77'))
        ? Promise.reject(new EmbeddingError('SERVICE_REFUSED', 'not that one'))
        : BUILT_IN.embed(batch, ...rest),
  }
  const sweep = await embedMissing(client, picky, { signal })
  assert.deepEqual(sweep, { embedded: 199, refused: [{ fingerprint: 77n, message: 'not that one' }], leads: true })
  assert.equal((await embedMissing(client, picky, { signal, except: [77n] })).embedded, 0)
})

test('a service that refuses everything is away, not every text refused', async t => {
  const { client } = await withProblems(t, 3)
  const wrong: EmbeddingProvider = {
    ...BUILT_IN,
    embed: () => Promise.reject(new EmbeddingError('SERVICE_REFUSED', 'another model is served here')),
  }
  await assert.rejects(embedMissing(client, wrong, { signal }), { code: 'SERVICE_REFUSED', message: /another model/ })
})

test('a change of model embeds all anew beside the old, which goes only when it is told to', async t => {
  const { client } = await withProblems(t, 100)
  await embedMissing(client, BUILT_IN, { signal })
  const larger = await openStaticProvider({ provider: 'static', dimensions: 128 })
  assert.equal((await embedMissing(client, larger, { signal })).embedded, 100)
  const models = async () =>
    (await client.query('SELECT model, count(*)::int AS n FROM fingerprint_embeddings GROUP BY 1 ORDER BY 1')).rows
  assert.deepEqual(await models(), [
    { model: vectorSpace(larger), n: 100 },
    { model: MODEL, n: 100 },
  ])
  assert.deepEqual(await dropOtherModels(client, vectorSpace(larger)), new Map([[MODEL, 100]]))
  assert.deepEqual(await models(), [{ model: vectorSpace(larger), n: 100 }])
  const { rows } = await client.query(`SELECT FROM pg_indexes WHERE indexdef LIKE '%hnsw%'`)
  assert.equal(rows.length, (await hasVector(client)) ? 1 : 0)
})
