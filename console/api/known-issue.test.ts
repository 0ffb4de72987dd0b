import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CAUSE_ID, incident } from '../../mcp/testing/incident.ts'
import { store } from '../../mcp/testing/server.ts'
import { withClient } from '../../store/connect.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { withReader } from '../../tests/with-reader.ts'
import { asSomebody } from '../testing/people.ts'
import { openConsole } from '../testing/server.ts'
import type { ProblemAnswer } from './problem.ts'

test('a problem shows the known issues that it is of, and a responder writes one down, once by its name', async t => {
  const made = await createDatabase()
  await store(made, ...incident(BigInt(Date.now()) * 1_000_000n).batches)
  await withClient(made.database, 'owner', async client => {
    while ((await foldSightings(client)).sightings > 0);
    for (const [name, pattern, services] of [
      ['no rate', 'no rate for \\w+', null],
      ['of others', 'no rate for \\w+', ['web']],
      ['something else', 'disk full', null],
    ] as const) {
      await client.query('INSERT INTO node_known_issues (name, pattern, services) VALUES ($1, $2, $3)', [
        name,
        pattern,
        services,
      ])
    }
  })
  const database = await withReader(made.url)
  const opened = await openConsole(t, { auth: { require_on_loopback: true } }, { database }, made)
  const nana = await asSomebody(opened, 'nana', 'responder')
  const issues = async () =>
    (await opened.get<ProblemAnswer>(`problem?range=1h&id=${CAUSE_ID}`, nana.headers)).data.issues.map(
      ({ name }) => name,
    )
  assert.deepEqual(await issues(), ['no rate'])
  const body = { id: CAUSE_ID, name: 'krona has no rate', fix_type: 'update', fix_version: '2.1' }
  assert.equal((await nana.act('known-issue', { ...body, fix_version: undefined })).status, 400)
  assert.equal((await nana.act('known-issue', body)).status, 200)
  assert.deepEqual(await issues(), ['no rate', 'krona has no rate'])
  const again = await nana.act('known-issue', body)
  assert.match(again.error ?? '', /there is a known issue krona has no rate already/)
  const vera = await asSomebody(opened, 'vera', 'viewer')
  assert.equal((await vera.act('known-issue', { ...body, name: 'x' })).status, 403)
  const { rows } = await opened.client.query("SELECT person, about FROM console_actions WHERE action = 'known-issue'")
  assert.deepEqual(rows, [{ person: 'nana', about: `problem/${CAUSE_ID}` }])
})
