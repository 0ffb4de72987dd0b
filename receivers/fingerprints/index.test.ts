import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import type { Database } from '../../pipeline/component.ts'
import { UnavailableError } from '../../pipeline/errors.ts'
import type { BatchOf } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { fingerprints } from './index.ts'

testComponent(fingerprints)

interface Sighting {
  readonly fingerprint: number
  readonly template: string
  readonly severity?: number
  readonly service?: string
  readonly release?: string
  readonly records?: number
  readonly at?: string
  readonly kind?: string
}

async function open(url: string) {
  const client = new pg.Client(url)
  await client.connect()
  const see = async (...sightings: readonly Sighting[]) => {
    for (const {
      fingerprint,
      template,
      severity = 9,
      service = 'shop',
      release = '1',
      records = 1,
      at = '2026-11-01',
      kind = 'log',
    } of sightings) {
      await client.query(
        `INSERT INTO fingerprint_sightings VALUES ($1, $2, 3, $3, $4, $5, $6, 'prod', $7, $8, $9::timestamptz, $9::timestamptz)`,
        [fingerprint, kind, template, `sample of ${template}`, severity, service, release, records, at],
      )
    }
  }
  return { client, see }
}

test('sightings become one row for each problem: counts added, times widened, the earliest release kept', async t => {
  const { url } = await createDatabase()
  const { client, see } = await open(url)
  t.after(() => client.end())
  await see(
    { fingerprint: 1, template: 'a', records: 3, at: '2026-11-02', release: '2' },
    { fingerprint: 1, template: 'a', records: 4, at: '2026-11-05', release: '3', service: 'pay', severity: 17 },
    { fingerprint: 2, template: 'b', records: 1, at: '2026-11-03' },
  )
  const first = await foldSightings(client)
  assert.equal(first.added, 2)
  await see({ fingerprint: 1, template: 'a', records: 5, at: '2026-11-01', release: '1' })
  const second = await foldSightings(client)
  assert.deepEqual([second.sightings, second.added], [1, 0], 'known already')
  const { rows } = await client.query(
    `SELECT fingerprint, records, severity_number, first_release, sample, first_seen::date::text AS first, last_seen::date::text AS last
     FROM fingerprints ORDER BY 1`,
  )
  assert.deepEqual(rows, [
    {
      fingerprint: '1',
      records: '12',
      severity_number: 17,
      first_release: '1',
      sample: 'sample of a',
      first: '2026-11-01',
      last: '2026-11-05',
    },
    {
      fingerprint: '2',
      records: '1',
      severity_number: 9,
      first_release: '1',
      sample: 'sample of b',
      first: '2026-11-03',
      last: '2026-11-03',
    },
  ])
  const services = await client.query(
    `SELECT service, records FROM fingerprint_services WHERE fingerprint = 1 ORDER BY 1`,
  )
  assert.deepEqual(services.rows, [
    { service: 'pay', records: '4' },
    { service: 'shop', records: '8' },
  ])
})

test('counts are right before, between and after folds, and two folds at once count everything once', async t => {
  const { url } = await createDatabase()
  const [one, two] = [await open(url), await open(url)]
  t.after(async () => {
    await one.client.end()
    await two.client.end()
  })
  const total = async () =>
    Number((await one.client.query('SELECT sum(records) AS n FROM fingerprint_counts')).rows[0].n)
  for (let i = 0; i < 30; i++) await one.see({ fingerprint: i % 4, template: `t${i % 4}`, records: 2 })
  assert.equal(await total(), 60)
  await foldSightings(one.client, 7)
  assert.equal(await total(), 60)
  const folding = [one, two].map(async ({ client }) => {
    while ((await foldSightings(client, 3)).sightings > 0);
  })
  await Promise.all(folding)
  assert.equal(await total(), 60)
  const { rows } = await one.client.query(
    'SELECT sum(records) AS n, (SELECT count(*) FROM fingerprint_sightings) AS left FROM fingerprints',
  )
  assert.deepEqual(rows, [{ n: '60', left: '0' }])
})

test('an error that was never seen is a finding, once; near-identical lines get one group, and merges are recorded', async t => {
  const { url, database } = await createDatabase()
  const { client, see } = await open(url)
  t.after(() => client.end())
  const words = 'amber birch cedar denim ember fjord grove hazel'.split(' ')
  await see(
    { fingerprint: 100, template: 'TypeError at pay in src/pay.ts', kind: 'error', severity: 17 },
    { fingerprint: 101, template: 'cache warmed' },
    ...words.map((word, i) => ({
      fingerprint: i + 1,
      template: `queue ${word} of the mail service was drained by hand`,
    })),
  )
  const found: BatchOf<'logs'>[] = []
  const first = Promise.withResolvers<void>()
  const next = async (batch: BatchOf<'logs'>) => {
    found.push(batch)
    first.resolve()
  }
  const component = fingerprints.create(
    { interval_ms: 100 },
    batch => next(batch as BatchOf<'logs'>),
    testContext('fingerprints', { database }),
  )
  t.after(() => component.shutdown!(AbortSignal.timeout(5_000)))
  await component.start!(AbortSignal.timeout(5_000))
  await first.promise
  await see({ fingerprint: 100, template: 'TypeError at pay in src/pay.ts', kind: 'error', severity: 17 })
  for (;;) {
    const { rows } = await client.query('SELECT count(*)::int AS n FROM fingerprint_sightings')
    if (rows[0].n === 0) break
  }
  await component.shutdown!(AbortSignal.timeout(5_000))
  const items = found.flatMap(batch => batch.items)
  assert.deepEqual(
    items.map(item => [
      item.eventName,
      ...['fingerprint', 'since'].map(name => item.attributes.get(`finding.${name}`)),
    ]),
    [['problem.new', '0000000000000064', '2026-11-01T00:00:00.000Z']],
    'since it was first seen, not since it came',
  )
  const groups = await client.query(
    'SELECT count(DISTINCT group_id)::int AS n FROM fingerprints WHERE fingerprint < 100',
  )
  assert.deepEqual(groups.rows, [{ n: 1 }])
  const others = await client.query('SELECT count(DISTINCT group_id)::int AS n FROM fingerprints')
  assert.deepEqual(others.rows, [{ n: 3 }])
})

/** Runs the component against `next` until `isDone`, which is asked after each batch and each round. */
async function runUntil(
  database: Database,
  next: (batch: BatchOf<'logs'>) => Promise<void>,
  isDone: () => Promise<boolean>,
): Promise<void> {
  const context = testContext('fingerprints', { database })
  const component = fingerprints.create({ interval_ms: 100 }, batch => next(batch as BatchOf<'logs'>), context)
  await component.start!(AbortSignal.timeout(5_000))
  while (!(await isDone())) await new Promise(resolve => setImmediate(resolve))
  await component.shutdown!(AbortSignal.timeout(5_000))
}

test('a finding that could not be stored, or was stored just before the end of the process, comes again under the same id', async t => {
  const { url, database } = await createDatabase()
  const { client, see } = await open(url)
  t.after(() => client.end())
  await see({ fingerprint: 7, template: 'RangeError at pick', kind: 'error', severity: 17 })
  const ids: string[] = []
  const waiting = async () => Number((await client.query('SELECT count(*) AS n FROM finding_outbox')).rows[0].n)
  await runUntil(
    database,
    async ({ id }) => {
      ids.push(id)
      throw new UnavailableError('no database', 1)
    },
    async () => ids.length > 0,
  )
  assert.equal(await waiting(), 1, 'it waits for the next process')
  await runUntil(
    database,
    async ({ id }) => {
      ids.push(id)
    },
    async () => (await waiting()) === 0,
  )
  assert.ok(ids.length >= 2)
  assert.deepEqual(new Set(ids).size, 1)
})

test('what was resolved and comes back is one finding, with the release that brought it; before that time it is none', async t => {
  const { url, database } = await createDatabase()
  const { client, see } = await open(url)
  t.after(() => client.end())
  const error = { fingerprint: 7, template: 'RangeError at pick', kind: 'error', severity: 17 }
  await see({ ...error, at: '2026-11-01' })
  await foldSightings(client)
  await client.query(
    `UPDATE fingerprints SET status = 'resolved', resolved_at = '2026-11-10'; DELETE FROM finding_outbox`,
  )
  await see({ ...error, at: '2026-11-09' })
  await foldSightings(client)
  const status = async () => (await client.query('SELECT status FROM fingerprints')).rows[0].status
  assert.equal(await status(), 'resolved', 'a late record of the time before')
  await see(
    { ...error, at: '2026-11-11', release: '2.4', service: 'pay' },
    { ...error, at: '2026-11-10', release: '2.3' },
  )
  await foldSightings(client)
  await see({ ...error, at: '2026-11-12', release: '2.5' })
  await foldSightings(client)
  assert.equal(await status(), 'regressed')
  const found: BatchOf<'logs'>[] = []
  await runUntil(
    database,
    async batch => {
      found.push(batch)
    },
    async () => Number((await client.query('SELECT count(*) AS n FROM finding_outbox')).rows[0].n) === 0,
  )
  assert.deepEqual(
    found.flatMap(({ items }) =>
      items.map(({ eventName, body, attributes }) => [
        eventName,
        body,
        attributes.get('finding.release'),
        attributes.get('finding.services'),
      ]),
    ),
    [['problem.regressed', 'resolved and back: RangeError at pick', '2.4', ['shop', 'pay']]],
  )
})
