import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { CAUSE_ID, incident, REFUSAL_ID, SYMPTOM_ID } from '../../mcp/testing/incident.ts'
import { store } from '../../mcp/testing/server.ts'
import { withClient } from '../../store/connect.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { createDatabase, type TestDatabase } from '../../tests/postgres.ts'
import { openConsole } from '../testing/server.ts'
import type { ChangesAnswer } from './changes.ts'
import type { HomeAnswer } from './home.ts'
import type { ProblemAnswer } from './problem.ts'
import type { SamplesAnswer } from './problem-samples.ts'
import type { WhyAnswer } from './problem-why.ts'
import type { ProblemsAnswer } from './problems.ts'
import { excessOf, type ServicesNowAnswer } from './services-now.ts'

let database: TestDatabase
before(async () => {
  database = await createDatabase()
  await store(database, ...incident(BigInt(Date.now()) * 1_000_000n).batches)
  await withClient(database.database, 'owner', async client => {
    while ((await foldSightings(client)).sightings > 0);
  })
})

test('an empty store says so, until the first record is stored', async t => {
  const empty = await createDatabase()
  const { get, client } = await openConsole(t, {}, {}, empty)
  assert.equal((await get<HomeAnswer>('home')).data.isEmpty, true)
  await store(empty, ...incident(BigInt(Date.now()) * 1_000_000n).batches.slice(0, 1))
  const { data } = await get<HomeAnswer>('home')
  assert.equal(data.isEmpty, false)
  const { rows } = await client.query('SELECT DISTINCT receiver, signal FROM ingest_ledger')
  assert.deepEqual(
    data.sources.map(({ receiver, signal }) => ({ receiver, signal })),
    rows,
  )
})

test('problems come cause first, symptoms of others last', async t => {
  const { get } = await openConsole(t, {}, {}, database)
  const { data, sql } = await get<ProblemsAnswer>('problems?range=1h')
  assert.deepEqual(
    data.problems.map(({ fingerprint, trend }) => [fingerprint, trend]),
    [
      [CAUSE_ID, 'new'],
      [REFUSAL_ID, 'steady'],
      [SYMPTOM_ID, 'new'],
    ],
  )
  assert.deepEqual(data.problems[2]?.symptom_of, [CAUSE_ID])
  assert.equal(
    data.problems[0]?.parts.reduce((sum, one) => sum + one, 0),
    data.problems[0]?.failures,
  )
  assert.ok(sql.length > 0)
})

test('a problem says which change is to blame, what its failures share and where it is thrown', async t => {
  const { get } = await openConsole(t, {}, {}, database)
  const { data } = await get<WhyAnswer>(`problem-why?range=1h&id=${CAUSE_ID}`)
  assert.equal(data.explained?.blamed?.release, '2.0')
  assert.deepEqual(data.explained?.shared?.rows[0]?.traits, [{ key: 'shop.locale', value: 'sv-SE' }])
  assert.equal(data.explained?.stack.at(-1)?.type, 'RangeError')
  const known = await get<ProblemAnswer>(`problem?range=1h&id=${CAUSE_ID}`)
  assert.deepEqual(known.data.services, ['pay'])
  assert.equal(
    known.data.trend.reduce((sum, { failures }) => sum + failures, 0),
    data.explained?.failures,
  )
  const { samples } = (await get<SamplesAnswer>(`problem-samples?range=1h&id=${CAUSE_ID}`)).data
  assert.ok(samples.length > 0 && samples.every(({ message }) => message.includes('SEK')))
  assert.equal((await get('problem?id=00000000000000ff')).status, 404)
})

test('changes and services are those of the range; what repeats an answer is the SQL beside it', async t => {
  const { get, client } = await openConsole(t, {}, {}, database)
  const { data } = await get<ChangesAnswer>('changes?range=1h&service=pay')
  assert.ok(data.changes.some(({ release }) => release === '2.0'))
  const now = await get<ServicesNowAnswer>('services-now?range=2h')
  const pay = now.data.services.find(({ service }) => service === 'pay')
  assert.ok(pay !== undefined && pay.errors > 0 && pay.requests > pay.errors)
  for (const statement of now.sql) await client.query(statement)
})

test('errors are notable where there are more than the past of the service lets expect', () => {
  assert.ok(excessOf(1_000, 50, 0.01) > 3)
  assert.ok(excessOf(1_000, 12, 0.01) < 3)
  assert.ok(excessOf(100_000, 1_000, 0.01) < 3)
  assert.ok(excessOf(1_000, 20, undefined) > 3)
  assert.ok(excessOf(1_000, 1, undefined) < 3)
})
