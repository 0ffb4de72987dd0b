import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type pg from 'pg'
import { UnavailableError } from '../../pipeline/errors.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { blocked, openClient, openExporter } from './testing/exporter.ts'
import { batch, log } from './testing/records.ts'

/** Longer than a test may take: what happens does not happen because time has passed. */
const NEVER_MS = 60_000
const TIMEOUT = { timeout: 30_000 }
const KIB = 1024

interface Setting {
  readonly connections: number
  readonly flush_interval_ms: number
  readonly max_group_bytes?: number
}

/** An exporter that cannot commit until `release`. */
async function openBlocked(t: TestContext, config: Setting) {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database, { config })
  await client.query('BEGIN; LOCK TABLE ingest_ledger IN ACCESS EXCLUSIVE MODE')
  const release = async () => {
    await client.query('COMMIT')
  }
  const send = (id: string, bytes = 0, signal?: AbortSignal) =>
    consume(batch('logs', id, [log({ body: 'x'.repeat(bytes) })]), signal)
  return { client, send, release }
}

/** Ids by transaction, in the order of the first id. */
async function groups(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(`
    SELECT string_agg(batch_id, ' ' ORDER BY batch_id) AS ids FROM ingest_ledger GROUP BY xmin::text ORDER BY 1`)
  return rows.map(({ ids }) => ids)
}

test('when nothing is under way, a batch is committed at once', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, { connections: 2, flush_interval_ms: NEVER_MS })
  await release()
  await send('a')
  await send('b')
  assert.deepEqual(await groups(client), ['a', 'b'])
})

test('while a group is being committed, the next one gathers', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, { connections: 1, flush_interval_ms: 0 })
  const sent = [send('a')]
  await blocked(client, 1)
  sent.push(send('b'), send('c'), send('d'))
  await release()
  await Promise.all(sent)
  assert.deepEqual(await groups(client), ['a', 'b c d'])
})

test('a second connection rests while there is little to do', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, { connections: 2, flush_interval_ms: NEVER_MS })
  const sent = [send('a')]
  await blocked(client, 1)
  sent.push(send('b'), send('c'))
  await release()
  await Promise.all(sent)
  assert.deepEqual(await groups(client), ['a', 'b c'])
})

test('a second connection takes what has waited for the flush interval', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, { connections: 2, flush_interval_ms: 1 })
  const sent = [send('a')]
  await blocked(client, 1)
  sent.push(send('b'))
  await blocked(client, 2)
  await release()
  await Promise.all(sent)
})

test('a second connection takes a full group without waiting', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, {
    connections: 2,
    flush_interval_ms: NEVER_MS,
    max_group_bytes: 64 * KIB,
  })
  const sent = [send('a')]
  await blocked(client, 1)
  sent.push(send('b', 40 * KIB), send('c', 40 * KIB), send('d', 10 * KIB))
  await blocked(client, 2)
  await release()
  await Promise.all(sent)
  assert.deepEqual(await groups(client), ['a', 'b', 'c d'])
})

test('a group holds no more than max_group_bytes, and a larger request is a group of its own', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, {
    connections: 1,
    flush_interval_ms: 0,
    max_group_bytes: 64 * KIB,
  })
  const sent = [send('a')]
  await blocked(client, 1)
  sent.push(send('b', 30 * KIB), send('c', 30 * KIB), send('d', 200 * KIB), send('e', 1), send('f', 1))
  await release()
  await Promise.all(sent)
  assert.deepEqual(await groups(client), ['a', 'b c', 'd', 'e f'])
})

test('a sender that gives up while its batch waits is let go, and may send it again', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, { connections: 1, flush_interval_ms: 0 })
  const first = send('a')
  await blocked(client, 1)
  const giveUp = new AbortController()
  const second = send('b', 0, giveUp.signal)
  const third = send('c')
  giveUp.abort(new Error('deadline'))
  await assert.rejects(second, /deadline/)
  const again = send('b')
  await release()
  await Promise.all([first, third, again])
  const { rows } = await client.query('SELECT batch_id, resends FROM ingest_ledger ORDER BY 1')
  assert.deepEqual(
    rows.map(({ batch_id, resends }) => `${batch_id} ${resends}`),
    ['a 0', 'b 0', 'c 0'],
  )
})

test('a sender that gives up waiting for the first copy of its request is let go', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, { connections: 1, flush_interval_ms: 0 })
  const first = send('a')
  await blocked(client, 1)
  await assert.rejects(send('a', 0, AbortSignal.abort(new Error('deadline'))), /deadline/)
  await release()
  await first
})

test('a batch that is being committed is waited for, whatever its sender does', TIMEOUT, async t => {
  const { client, send, release } = await openBlocked(t, { connections: 1, flush_interval_ms: 0 })
  const giveUp = new AbortController()
  const sent = send('a', 0, giveUp.signal)
  await blocked(client, 1)
  giveUp.abort(new Error('deadline'))
  await release()
  await sent
})

test('who waits too long for a lock is told to send again, and is stored then', TIMEOUT, async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database, { config: { connections: 1, commit_timeout_ms: 1_000 } })
  await client.query('BEGIN; LOCK TABLE ingest_ledger IN ACCESS EXCLUSIVE MODE')
  const request = batch('logs', 'a', [log()])
  await assert.rejects(
    consume(request),
    (error: unknown) =>
      error instanceof UnavailableError && error.retryAfterMs > 0 && /lock timeout/.test(error.message),
  )
  await client.query('COMMIT')
  await consume(request)
  assert.deepEqual(await groups(client), ['a'])
})
