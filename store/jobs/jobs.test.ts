import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { pino } from 'pino'
import { createDatabase, type TestDatabase } from '../../tests/postgres.ts'
import { storeAt } from '../open.ts'
import { startJobs } from './index.ts'
import { readJobs } from './state.ts'

const logger = pino({ level: 'silent' })

async function clientOf(t: TestContext, { url }: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  return client
}

function startReplica(t: TestContext, { url }: TestDatabase): ChildProcess {
  const file = path.join(import.meta.dirname, 'testing/replica.ts')
  const replica = spawn(process.execPath, [file, url], { stdio: ['ignore', 'ignore', 'inherit'] })
  t.after(() => replica.kill('SIGKILL'))
  return replica
}

/** Asks until the answer is yes. */
async function until(client: pg.Client, what: string, sql: string, values: unknown[] = []): Promise<void> {
  for (const end = Date.now() + 60_000; ; await delay(20)) {
    if ((await client.query<{ yes: boolean }>(`SELECT (${sql}) AS yes`, values)).rows[0]?.yes) return
    assert.ok(Date.now() < end, `waited in vain: ${what}`)
  }
}

test('when the leader is killed in the middle of a job, another process goes on within 10 s where it stopped', async t => {
  const database = await createDatabase()
  const client = await clientOf(t, database)
  await client.query('CREATE TABLE counted (step int PRIMARY KEY, pid int, at timestamptz DEFAULT clock_timestamp())')
  const counts = 'EXISTS (SELECT FROM counted WHERE pid = $1 AND step > $2)'
  let last = 0
  let leader = startReplica(t, database)
  await until(client, 'the first counts', counts, [leader.pid, 5])
  for (let round = 0; round < 3; round++) {
    const next = startReplica(t, database)
    // It is up, and asks for the lead in vain.
    await until(
      client,
      'the other one waits',
      `(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_try_advisory_lock%') > 0`,
    )
    await until(
      client,
      'a statement is under way',
      `EXISTS (SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid())`,
    )
    const killedAt = performance.now()
    leader.kill('SIGKILL')
    await once(leader, 'exit')
    const { rows } = await client.query<{ last: number }>('SELECT max(step) AS last FROM counted')
    last = rows[0]!.last
    await until(client, 'the other one counts', counts, [next.pid, last])
    const takeoverMs = performance.now() - killedAt
    t.diagnostic(`taken over after ${Math.round(takeoverMs)} ms`)
    assert.ok(takeoverMs < 10_000, `${takeoverMs} ms`)
    leader = next
  }
  // Nobody counted a step twice (that is the key's), none is missing, and nobody counted in another's time.
  const { rows } = await client.query<{ gaps: number; turns: number }>(
    `SELECT count(*) FILTER (WHERE step <> before + 1)::int AS gaps, count(DISTINCT pid)::int AS pids,
       count(*) FILTER (WHERE pid <> before_pid)::int AS turns
     FROM (SELECT step, pid, lag(step, 1, 0) OVER w AS before, lag(pid) OVER w AS before_pid FROM counted WINDOW w AS (ORDER BY at)) c`,
  )
  assert.deepEqual(rows, [{ gaps: 0, pids: 4, turns: 3 }])
})

test('the next leader takes over as soon as the first one stops', async t => {
  const database = await createDatabase()
  const client = await clientOf(t, database)
  const seen: string[] = []
  const replica = async (name: string) => {
    // A store of its own, as another process has.
    const store = await storeAt(database.url)
    const run = async () => {
      seen.push(name)
    }
    return startJobs({ database: store, logger, jobs: [{ name: 'see', everyMs: 10, run }] })
  }
  const first = await replica('first')
  await until(client, 'the first leads', `EXISTS (SELECT FROM jobs WHERE runs > 0)`)
  const second = await replica('second')
  await first.stop()
  const before = seen.length
  const { rows } = await client.query<{ runs: number }>('SELECT runs::int AS runs FROM jobs')
  await until(client, 'the second leads', `EXISTS (SELECT FROM jobs WHERE runs > $1)`, [rows[0]!.runs])
  await second.stop()
  assert.deepEqual(new Set(seen.slice(0, before)), new Set(['first']))
  assert.deepEqual(new Set(seen.slice(before)), new Set(['second']))
})

test('all that one process does as the leader shares one lead, and one failing job holds up no other', async t => {
  const database = await createDatabase()
  const client = await clientOf(t, database)
  const failing = startJobs({
    database: database.database,
    logger,
    jobs: [{ name: 'fail', everyMs: 10, run: () => Promise.reject(new Error('no luck')) }],
  })
  const working = startJobs({
    database: database.database,
    logger,
    jobs: [{ name: 'work', everyMs: 10, run: async ({ client }) => void (await client.query('SELECT 1')) }],
  })
  await until(client, 'both run', `(SELECT count(*) FROM jobs WHERE runs > 0) = 2`)
  const held = `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  assert.deepEqual((await client.query(held)).rows, [{ n: 1 }])
  await failing.stop()
  assert.deepEqual((await client.query(held)).rows, [{ n: 1 }])
  await working.stop()
  assert.deepEqual((await client.query(held)).rows, [{ n: 0 }])
  const jobs = await readJobs(client)
  assert.partialDeepStrictEqual(jobs, [
    { job: 'fail', failure: 'no luck', succeededAt: null, lagS: null },
    { job: 'work', failure: null, everyMs: 10 },
  ])
  assert.ok(jobs[1]!.lagS! >= 0)
})

test('work that comes often does not connect anew each time', async t => {
  const database = await createDatabase()
  const backends: number[] = []
  await new Promise<void>(resolve => {
    const { stop } = startJobs({
      database: database.database,
      logger,
      jobs: [
        {
          name: 'often',
          everyMs: 10,
          isLong: true,
          async run({ client }) {
            const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
            if (backends.push(rows[0]!.pid) === 5) resolve()
          },
        },
      ],
    })
    t.after(stop)
  })
  assert.deepEqual(new Set(backends.slice(0, 5)).size, 1)
})
