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
import { oldTables } from '../../store/partitions/repack.ts'
import { addTodaysLayout, contentsOf, FORMER_TABLES, makeFormerLayout } from '../../store/partitions/testing-former.ts'
import { freePort } from '../postgres-server.ts'
import { until } from './owner.ts'

/** Of each signal; SENSORIUM_TEST_ROWS=2000000 for the size that the promise is made for. */
const ROWS = Number(process.env.SENSORIUM_TEST_ROWS ?? 20_000)
const KILLS = 6
const PROGRAM = join(import.meta.dirname, 'repack-process.ts')

test('killed at any moment, ourselves or Postgres, the move of rows into the layout of today goes on, and no row is lost or doubled', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sensorium-repack-'))
  const port = await freePort()
  const server = await startEmbedded({ dataDir: join(folder, 'data'), port, logger: pino({ level: 'silent' }) })
  t.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const url = server.connection('owner').connectionString
  const asOwner = async <T>(work: (owner: pg.Client) => Promise<T>): Promise<T> => {
    const owner = new pg.Client(url)
    owner.on('error', () => {})
    await owner.connect()
    try {
      return await work(owner)
    } finally {
      await owner.end().catch(() => {})
    }
  }
  const before = await asOwner(async owner => {
    await makeFormerLayout(owner, ROWS)
    const contents = await contentsOf(owner)
    await addTodaysLayout(owner)
    return contents
  })

  /** Cheaper than the contents: how many, and of when. */
  const counts = () =>
    asOwner(async owner => {
      const sums = Object.keys(FORMER_TABLES).map(
        view => `SELECT count(*)::int AS rows, sum(extract(epoch FROM timestamp)::bigint)::text AS times FROM ${view}`,
      )
      return (await owner.query(sums.join(' UNION ALL '))).rows
    })
  const counted = await counts()
  assert.deepEqual(
    counted.map(({ rows }) => rows),
    [ROWS, ROWS, ROWS],
  )

  async function run(killAfterMs: number, victim: 'ourselves' | 'Postgres'): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, url], { stdio: ['ignore', 'pipe', 'pipe'] })
    let errors = ''
    child.stderr.on('data', chunk => {
      errors += chunk
    })
    const exit = once(child, 'exit')
    if (killAfterMs === Infinity) {
      await exit
      assert.equal(child.exitCode, 0, errors)
      return
    }
    await Promise.race([once(child.stdout, 'data').then(() => delay(killAfterMs)), exit])
    const postmaster = join(folder, 'data/cluster/postmaster.pid')
    if (victim === 'ourselves') child.kill('SIGKILL')
    else process.kill(Number(readFileSync(postmaster, 'utf8').split('\n')[0]), 'SIGKILL')
    await exit
    if (victim === 'Postgres') {
      const isBack = () =>
        asOwner(owner => owner.query('SELECT 1')).then(
          () => true,
          () => false,
        )
      // What it had written since its last checkpoint is written again.
      await until(isBack, 'Postgres is back', 10 + ROWS / 20_000)
    }
  }

  for (let i = 0; i < KILLS; i++) {
    const victim = i % 2 === 0 ? 'ourselves' : 'Postgres'
    const ms = 20 + Math.random() * 100 + (i * ROWS) / 100
    await run(ms, victim)
    const left = await asOwner(oldTables)
    t.diagnostic(`${victim} killed after ${Math.round(ms)} ms; old tables left: ${left.join(', ') || 'none'}`)
    assert.deepEqual(await counts(), counted, `${victim} killed after ${ms} ms`)
  }
  await run(Infinity, 'ourselves')
  assert.deepEqual(await asOwner(oldTables), [])
  assert.deepEqual(await asOwner(contentsOf), before)
})
