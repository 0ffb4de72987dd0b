import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../tests/postgres.ts'
import { readSuccessors } from './carry-over.ts'
import { foldSightings } from './fold.ts'

interface Seen {
  readonly fingerprint: number
  readonly version: number
  readonly at: string
  readonly previous?: number
  readonly kind?: 'log' | 'error'
  readonly release?: string
}

async function open(t: TestContext) {
  const { url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const see = async (...seen: readonly Seen[]) => {
    for (const { fingerprint, version, at, previous = null, kind = 'error', release = '1' } of seen) {
      await client.query(
        `INSERT INTO fingerprint_sightings
         VALUES ($1, $2, $3, $4, 'sample', 17, 'shop', 'prod', $5, 1, $6::timestamptz, $6::timestamptz, $7)`,
        [fingerprint, kind, version, `template ${fingerprint}`, release, at, previous],
      )
    }
    return foldSightings(client)
  }
  const rows = async (sql: string) => (await client.query(sql)).rows
  const status = async (fingerprint: number) =>
    (await rows(`SELECT status FROM fingerprints WHERE fingerprint = ${fingerprint}`))[0].status
  const findings = async () =>
    (await rows('SELECT type, fingerprint::int AS fingerprint FROM finding_outbox ORDER BY finding_id')).map(
      row => `${row.type} ${row.fingerprint}`,
    )
  await see(
    { fingerprint: 1, version: 2, at: '2026-11-01', release: '1.0' },
    { fingerprint: 2, version: 2, at: '2026-11-02', release: '1.1' },
    { fingerprint: 3, version: 2, at: '2026-11-02' },
  )
  await client.query(`UPDATE fingerprints SET status = 'resolved', resolved_at = '2026-11-10' WHERE fingerprint < 3`)
  await client.query('DELETE FROM finding_outbox')
  return { client, see, rows, status, findings }
}

test('a problem under its new id is no news: what was resolved is back, with the release and the time of its first record', async t => {
  const { see, rows, status, findings } = await open(t)
  const folded = await see(
    { fingerprint: 11, version: 3, previous: 1, at: '2026-11-20', release: '2.0' },
    { fingerprint: 12, version: 3, previous: 2, at: '2026-11-09', release: '1.9' },
    { fingerprint: 13, version: 3, previous: 3, at: '2026-11-20' },
    { fingerprint: 14, version: 3, previous: 99, at: '2026-11-20' },
  )
  assert.equal(folded.carried, 3)
  assert.deepEqual((await findings()).sort(), ['new_fingerprint 14', 'regressed 11'])
  assert.deepEqual(
    [await status(11), await status(12), await status(13), await status(14)],
    ['regressed', 'resolved', 'open', 'open'],
  )
  const since = `first_seen::date::text AS since, first_release AS release`
  const expected = [
    { since: '2026-11-01', release: '1.0' },
    { since: '2026-11-02', release: '1.1' },
  ]
  assert.deepEqual(await rows(`SELECT ${since} FROM fingerprints WHERE fingerprint IN (11, 12) ORDER BY 1`), expected)
  assert.deepEqual(
    await rows(`SELECT ${since} FROM fingerprint_services WHERE fingerprint IN (11, 12) ORDER BY 1`),
    expected,
  )
  const told = await rows(
    'SELECT kind, version, fingerprints::int AS n, carried_over::int, unchanged::int, not_seen_since::int FROM fingerprint_carry_over',
  )
  assert.deepEqual(told, [{ kind: 'error', version: 2, n: 3, carried_over: 3, unchanged: 0, not_seen_since: 0 }])
})

test('one old id may stand for several new ones, and several for one, which is open where one of them was', async t => {
  const { client, see, status, findings } = await open(t)
  await see(
    { fingerprint: 11, version: 3, previous: 1, at: '2026-11-05' },
    { fingerprint: 12, version: 3, previous: 1, at: '2026-11-05' },
    { fingerprint: 13, version: 3, previous: 2, at: '2026-11-20' },
    { fingerprint: 13, version: 3, previous: 3, at: '2026-11-20' },
  )
  assert.deepEqual(await findings(), [])
  assert.deepEqual([await status(11), await status(12), await status(13)], ['resolved', 'resolved', 'open'])
  assert.deepEqual(
    [...(await readSuccessors(client))].sort((a, b) => Number(a[0] - b[0])),
    [
      [1n, [11n, 12n]],
      [2n, [13n]],
      [3n, [13n]],
    ],
  )
  assert.equal((await see({ fingerprint: 11, version: 3, previous: 1, at: '2026-11-06' })).carried, 0, 'known already')
  await see({ fingerprint: 15, version: 3, previous: 1, at: '2026-11-20' })
  assert.deepEqual(await findings(), ['regressed 15'], 'a third one, later')
})

test('an id that the version itself makes stands for no other: a problem that is new is told', async t => {
  const { see, rows, findings } = await open(t)
  await see({ fingerprint: 20, version: 3, at: '2026-11-19' })
  await see(
    { fingerprint: 21, version: 3, previous: 20, at: '2026-11-20' },
    { fingerprint: 3, version: 3, at: '2026-11-20' },
  )
  assert.deepEqual(await findings(), ['new_fingerprint 20', 'new_fingerprint 21'])
  const [told] = await rows(
    'SELECT carried_over::int, unchanged::int, not_seen_since::int FROM fingerprint_carry_over WHERE version = 2',
  )
  assert.deepEqual(told, { carried_over: 0, unchanged: 1, not_seen_since: 2 })
})
