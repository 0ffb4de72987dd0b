import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { call, connectClient } from '../../mcp/testing/connect.ts'
import { freePorts, type SensoriumProcess, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Each runs for minutes on its own, in a function of Postgres that looks at no signal while it computes. */
const UNSTOPPABLE: Readonly<Record<string, string>> = {
  position: `SELECT position('b'||repeat('a',20000) in repeat('a',1000000))`,
  strpos: `SELECT strpos(repeat('a',1000000), 'b'||repeat('a',20000))`,
  replace: `SELECT length(replace(repeat('a',1000000), 'b'||repeat('a',20000), ''))`,
  split_part: `SELECT length(split_part(repeat('a',1000000), 'b'||repeat('a',20000), 2))`,
  string_to_array: `SELECT cardinality(string_to_array(repeat('a',1000000), 'b'||repeat('a',20000)))`,
  translate: `SELECT length(translate(repeat('a',2000000), repeat('b',2000000), ''))`,
  btrim: `SELECT length(btrim(repeat('é',1000000), repeat('b',1000000)||'é'))`,
  normalize: `SELECT length(normalize(repeat(U&'\\0301\\0323',300000)))`,
  'array overlap': `SELECT (SELECT array_agg(i) FROM generate_series(1,300000) i) && (SELECT array_agg(i) FROM generate_series(-1,-300000,-1) i)`,
  'keys out of jsonb': `SELECT length(((SELECT jsonb_object_agg(i,i) FROM generate_series(1,300000) i) - (SELECT array_agg(i::text) FROM generate_series(-1,-300000,-1) i))::text)`,
  'position of bits': `SELECT position(repeat('0',50000)::varbit||B'1' in repeat('0',4000000)::varbit)`,
}
/** Five seconds of the server's own, one of grace, and some for a busy machine. */
const ANSWER_LIMIT_MS = 15_000
/** What OTLP senders wait for an answer, by default. */
const SENDER_DEADLINE_MS = 10_000
/** Below it, the noise of the machine is all that a ratio shows. */
const NOISE_MS = 60
/** For a quarter of an hour or more: whoever waits for it to end by itself waits too long. */
const ENDLESS = `SELECT position('b'||repeat('a',100000) in repeat('a',10000000))`

const folder = temporaryFolder('statements')
let number = 0

async function start(t: TestContext): Promise<{ sensorium: SensoriumProcess; data: string; url: string }> {
  const data = path.join(folder, `data-${++number}`)
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { SENSORIUM_DATA_DIR: data } })
  t.after(() => sensorium.end('SIGTERM'))
  return { sensorium, data, url: `http://127.0.0.1:${ports.application}/mcp` }
}

test('a statement that heeds no signal is given up within its deadline and ended; who sends and who asks notice nothing', async t => {
  const { sensorium, data, url } = await start(t)
  const agent = await connectClient(t, url)
  const quiet = await measure(sensorium, agent, pause(5_000))
  const texts: string[] = []
  const attack = async () => {
    for (const statements of inGroups(Object.entries(UNSTOPPABLE), 6)) {
      const attacker = await connectClient(t, url)
      await Promise.all(
        statements.map(async ([name, sql]) => {
          const since = performance.now()
          const { isError, text } = await call(attacker, 'query_sql', { sql })
          const took = performance.now() - since
          texts.push(`${name}: ${text}`)
          assert.ok(isError, `${name}: ${text}`)
          assert.match(text, /took longer than|cannot be stopped/, name)
          assert.ok(took < 2 * ANSWER_LIMIT_MS, `${name} held its turn for ${took} ms`)
        }),
      )
    }
  }
  const under = await measure(sensorium, agent, attack())
  t.diagnostic(`quiet ${JSON.stringify(quiet)}, meanwhile ${JSON.stringify(under)}`)
  for (const who of ['sender', 'asker'] as const) {
    assert.ok(under[who].count > 10, `only ${under[who].count} of the ${who}`)
    assert.ok(under[who].max < SENDER_DEADLINE_MS, `the ${who} waited ${under[who].max} ms`)
    assert.ok(under[who].p99 <= 3 * Math.max(quiet[who].p99, NOISE_MS), `${who}: ${JSON.stringify({ quiet, under })}`)
  }
  assert.ok(texts.length === Object.keys(UNSTOPPABLE).length)
  // All are gone, and the server never restarted: the sessions from before are still there.
  await untilIdle(data, sensorium.ports.database)
  assert.doesNotMatch(sensorium.output(), /went away|restarts without it/)
  const { isError } = await call(agent, 'query_sql', { sql: 'SELECT 1 AS one' })
  assert.equal(isError, false)
})

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`no server outlives Sensorium, whatever it computes: ${signal}`, async t => {
    const { sensorium, data } = await start(t)
    const guest = await guestOf(data, sensorium.ports.database)
    guest.query(ENDLESS).catch(() => {})
    await until(async () => processesIn(data).some(({ title }) => /SELECT/.test(title)), 5_000)
    const since = performance.now()
    await sensorium.end(signal)
    await until(async () => processesIn(data).length === 0, 25_000)
    t.diagnostic(`gone after ${Math.round(performance.now() - since)} ms`)
    await guest.end().catch(() => {})
  })
}

test('a statement fills neither the memory nor the disk: it ends, and nobody else does', async t => {
  const { sensorium, data, url } = await start(t)
  const agent = await connectClient(t, url)
  const FILLING = [
    `SELECT length(repeat('a',900000000)) + length(repeat('b',900000000))`,
    `WITH RECURSIVE r AS (SELECT 1 AS n, repeat(md5('a'),300) AS t UNION ALL SELECT n+1, t FROM r WHERE n < 10000000) SELECT max(n) FROM r ORDER BY 1`,
    `WITH RECURSIVE r(x) AS (SELECT 'a' UNION ALL SELECT x||x FROM r) SELECT max(length(x)) FROM r`,
    `SELECT length(string_agg(repeat('x',1000), '')) FROM generate_series(1,1000000)`,
    `SELECT length(lpad('', 1000000000, 'x'))`,
    `SELECT length(jsonb_agg(repeat('x',1000))::text) FROM generate_series(1,1000000)`,
    `SELECT count(*) FROM (SELECT DISTINCT repeat(i::text, 100) FROM generate_series(1,100000000) i) q`,
    `SELECT cardinality(array_fill(1, ARRAY[200000000]))`,
  ]
  const highest = watchSizes(data)
  const meanwhile = measure(
    sensorium,
    agent,
    (async () => {
      const attacker = await connectClient(t, url)
      for (const sql of FILLING) {
        const { isError, text } = await call(attacker, 'query_sql', { sql })
        assert.equal(isError, true, `${sql}: ${text}`)
      }
    })(),
  )
  const { sender } = await meanwhile
  const { memoryMib, temporaryMib } = highest.stop()
  t.diagnostic(`a session took ${memoryMib} MiB of its own at most, temporary files ${temporaryMib} MiB`)
  assert.ok(sender.max < SENDER_DEADLINE_MS, JSON.stringify(sender))
  assert.ok(memoryMib < 320, `${memoryMib} MiB`)
  assert.ok(temporaryMib < 200, `${temporaryMib} MiB`)
  assert.doesNotMatch(sensorium.output(), /went away/)
})

test('the login that is shown can change neither its password nor its defaults, and takes no connection from others', async t => {
  const { sensorium, data, url } = await start(t)
  const guest = await guestOf(data, sensorium.ports.database)
  t.after(() => guest.end())
  await guest.query(`SET default_transaction_read_only = off; SET statement_timeout = '1s'`)
  for (const statement of [
    `ALTER ROLE sensorium_guest PASSWORD 'mine'`,
    `ALTER ROLE CURRENT_USER PASSWORD NULL`,
    `ALTER ROLE sensorium_guest SET statement_timeout = 0`,
    `ALTER ROLE SESSION_USER SET search_path = 'mine'`,
    `ALTER ROLE sensorium_guest IN DATABASE sensorium SET statement_timeout = 0`,
    `ALTER ROLE sensorium_reader SET statement_timeout = 0`,
    `SET ROLE sensorium_reader; ALTER ROLE sensorium_reader PASSWORD 'mine'`,
    'SET temp_file_limit = -1',
    'CREATE TEMPORARY TABLE mine ()',
    'ALTER ROLE sensorium_guest CONNECTION LIMIT 1000',
  ]) {
    await assert.rejects(guest.query(statement), /permission denied|statement timeout/, statement)
    await guest.query('RESET ROLE')
  }
  const again = await guestOf(data, sensorium.ports.database)
  const { rows } = await again.query('SHOW statement_timeout')
  assert.deepEqual(rows, [{ statement_timeout: '5s' }])
  await again.end()
  const many = await Promise.allSettled(Array.from({ length: 30 }, () => guestOf(data, sensorium.ports.database)))
  assert.ok(many.some(({ status }) => status === 'rejected'))
  assert.equal((await call(await connectClient(t, url), 'query_sql', { sql: 'SELECT 1 AS one' })).isError, false)
  for (const one of many) if (one.status === 'fulfilled') await one.value.end()
  // Whoever lifts the timeout of a session gets the limit all the same.
  await guest.query('SET statement_timeout = 0')
  await assert.rejects(guest.query('SELECT pg_sleep(60)'), /terminat/)
})

interface Waits {
  readonly count: number
  readonly p99: number
  readonly max: number
}

/** What a sender and an asker wait for their answers until `during` is done. */
async function measure(
  { ports }: SensoriumProcess,
  agent: Awaited<ReturnType<typeof connectClient>>,
  during: Promise<unknown>,
): Promise<{ sender: Waits; asker: Waits }> {
  let isOver = false
  const over = during.finally(() => {
    isOver = true
  })
  const waitsOf = async (work: () => Promise<void>): Promise<Waits> => {
    const waits: number[] = []
    while (!isOver) {
      const since = performance.now()
      await work()
      waits.push(performance.now() - since)
      await pause(50)
    }
    waits.sort((a, b) => a - b)
    return {
      count: waits.length,
      p99: Math.round(waits[Math.floor(waits.length * 0.99)] ?? 0),
      max: Math.round(waits.at(-1) ?? 0),
    }
  }
  const sends = waitsOf(async () => {
    const response = await fetch(`http://127.0.0.1:${ports.http}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceLogs: [
          { scopeLogs: [{ logRecords: [{ timeUnixNano: `${Date.now()}000000`, body: { stringValue: 'honest' } }] }] },
        ],
      }),
    })
    assert.equal(response.status, 200, await response.text())
  })
  const asks = waitsOf(async () => {
    const { isError, text } = await call(agent, 'service_health', { service: 'honest' })
    assert.equal(isError, false, text)
  })
  const [sender, asker] = await Promise.all([sends, asks, over])
  return { sender, asker }
}

async function guestOf(data: string, port: number): Promise<pg.Client> {
  const { guest } = JSON.parse(readFileSync(path.join(data, 'credentials.json'), 'utf8'))
  const client = new pg.Client(`postgres://sensorium_guest:${guest}@127.0.0.1:${port}/sensorium`)
  client.on('error', () => {})
  await client.connect()
  return client
}

async function untilIdle(data: string, port: number): Promise<void> {
  const guest = await guestOf(data, port)
  const ACTIVE = `SELECT FROM pg_stat_activity WHERE usename ~ 'reader|guest' AND pid <> pg_backend_pid() AND state = 'active'`
  await until(async () => (await guest.query(ACTIVE)).rowCount === 0, 15_000)
  await guest.end()
}

async function until(holds: () => Promise<boolean>, limitMs: number): Promise<void> {
  for (const end = performance.now() + limitMs; !(await holds()); await pause(50)) {
    assert.ok(performance.now() < end, `not within ${limitMs} ms`)
  }
}

function processesIn(data: string): { pid: number; title: string }[] {
  return readdirSync('/proc').flatMap(name => {
    const pid = Number(name)
    try {
      if (!Number.isInteger(pid) || readlinkSync(`/proc/${pid}/cwd`) !== path.join(data, 'cluster')) return []
      return [{ pid, title: readFileSync(`/proc/${pid}/cmdline`, 'latin1') }]
    } catch {
      return []
    }
  })
}

/** The most that one reading session had in memory of its own, and that lay in temporary files. */
function watchSizes(data: string): { stop(): { memoryMib: number; temporaryMib: number } } {
  let [memory, temporary] = [0, 0]
  const timer = setInterval(() => {
    for (const { pid } of processesIn(data).filter(({ title }) => /sensorium_(reader|guest)/.test(title))) {
      try {
        const [, own] = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
        memory = Math.max(memory, Number(own ?? 0) / 1024)
      } catch {
        // Gone.
      }
    }
    temporary = Math.max(temporary, sizeMib(path.join(data, 'cluster/base/pgsql_tmp')))
  }, 20)
  return {
    stop() {
      clearInterval(timer)
      return { memoryMib: Math.round(memory), temporaryMib: Math.round(temporary) }
    },
  }
}

function sizeMib(folder: string): number {
  try {
    return readdirSync(folder)
      .map(name => statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size / 1024 / 1024, 0)
  } catch {
    return 0
  }
}

function inGroups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}
