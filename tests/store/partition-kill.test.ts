import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { pino } from 'pino'
import { startEmbedded } from '../../store/embedded/index.ts'
import { addReadings, makeHeaps } from '../../store/partitions/testing.ts'
import { freePort } from '../postgres-server.ts'
import { until } from './owner.ts'

/** SENSORIUM_TEST_ROWS=2000000 for the size that the promise is made for. */
const ROWS = Number(process.env.SENSORIUM_TEST_ROWS ?? 150_000)
const DAY_MS = 24 * 3_600_000
const KILLS = 5
const PROGRAM = join(import.meta.dirname, 'partition-process.ts')

test('killed at any moment, ourselves or Postgres, each change of a table finishes when it is started again, and no row is lost or doubled', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sensorium-kill-'))
  const port = await freePort()
  const server = await startEmbedded({ dataDir: join(folder, 'data'), port, logger: pino({ level: 'silent' }) })
  t.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const url = server.connection('owner').connectionString
  const ask = async <T extends object>(sql: string): Promise<T[]> => {
    const client = new pg.Client(url)
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<T>(sql)).rows
    } finally {
      await client.end().catch(() => {})
    }
  }
  const owner = new pg.Client(url)
  await owner.connect()
  await makeHeaps(owner)
  const now = Date.now()
  // Most of it history; some beyond the fence, which is moved.
  await addReadings(owner, new Date(now - 3 * DAY_MS), ROWS, `${Math.floor((3 * DAY_MS) / ROWS)} milliseconds`)
  await addReadings(owner, new Date(now + 300 * DAY_MS), Math.floor(ROWS / 50))
  await owner.end()
  let expected = ROWS + Math.floor(ROWS / 50)
  const check = async (what: string) => {
    const [found] = await ask('SELECT count(*)::int AS count, count(DISTINCT id)::int AS ids FROM readings')
    assert.deepEqual(found, { count: expected, ids: expected }, what)
  }

  async function survives(step: string): Promise<void> {
    const whole = await run(step, Infinity, 'ourselves')
    assert.equal(whole.code, 0, whole.errors)
    await check(`${step}, once more`)
  }
  async function run(step: string, killAfterMs: number, victim: 'ourselves' | 'Postgres') {
    const child = spawn(process.execPath, [PROGRAM, url, step], { stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', chunk => {
      errors += chunk
    })
    const exit = once(child, 'exit')
    if (killAfterMs < Infinity) {
      await Promise.race([delay(killAfterMs), exit])
      if (victim === 'ourselves') child.kill('SIGKILL')
      else {
        process.kill(
          Number(readFileSync(join(folder, 'data/cluster/postmaster.pid'), 'utf8').split('\n')[0]),
          'SIGKILL',
        )
      }
    }
    await exit
    if (victim === 'Postgres')
      await until(async () => (await ask('SELECT 1').catch(() => [])).length === 1, 'Postgres is back')
    return { code: child.exitCode, errors }
  }
  async function killed(step: string): Promise<void> {
    for (let i = 0; i < KILLS; i++) {
      const victim = i % 2 === 0 ? 'ourselves' : 'Postgres'
      // Node needs some tenths of a second before it begins.
      const ms = 150 + Math.random() * 100 + (i * ROWS) / 1_000
      t.diagnostic(`${step}: ${victim} after ${Math.round(ms)} ms`)
      await run(step, ms, victim)
      await check(`${step}, ${victim} killed after ${ms} ms`)
    }
    await survives(step)
  }

  await killed('convert')
  await ask(
    `INSERT INTO readings (at, body) SELECT now() + interval '100 days' + n * interval '40 milliseconds', 'late' FROM generate_series(1, ${ROWS / 2}) n`,
  )
  expected += ROWS / 2
  await killed('move')
  assert.deepEqual(await ask('SELECT count(*)::int AS count FROM readings_default'), [{ count: 0 }])
  // What is dropped goes at once, or not at all.
  const all = expected
  const left = Math.floor(ROWS / 50)
  for (let i = 0; i < KILLS; i++) {
    const ms = 250 + Math.random() * 150
    await run('drop', ms, i % 2 === 0 ? 'ourselves' : 'Postgres')
    const [found] = await ask<{ count: number }>('SELECT count(*)::int AS count FROM readings')
    assert.ok(found?.count === all || found?.count === left, `${found?.count} rows are left`)
  }
  expected = left
  await survives('drop')
  assert.deepEqual(await ask(`SELECT relname FROM pg_class WHERE relname LIKE '%detached'`), [])
})
