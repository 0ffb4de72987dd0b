import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, type TestContext, test } from 'node:test'
import pg from 'pg'
import { pino } from 'pino'
import { type EmbeddedServer, startEmbedded } from '../../store/embedded/index.ts'
import { processesIn } from '../../store/embedded/leftovers.ts'
import { OPEN_ENDED_SESSION } from '../../store/reader-limits.ts'
import { freePort } from '../postgres-server.ts'
import { until } from '../real/stock-collector.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Computes for minutes, and looks at no signal. */
const UNSTOPPABLE = `SELECT position('b'||repeat('a',20000) in repeat('a',1000000))`
const KILL_AFTER_MS = 2_000
/** The statement's own limit, that one, ten seconds for a checkpoint, five until Postgres kills what withstands a restart. */
const PATIENCE_MS = 60_000

const dataDir = join(temporaryFolder('reader-place'), 'data')
const cluster = join(dataDir, 'cluster')
let log = ''
let server: EmbeddedServer
let outages = 0

before(async () => {
  const logger = pino(
    new Writable({
      write: (line: Buffer, _encoding, done) => {
        log += line
        done()
      },
    }),
  )
  server = await startEmbedded({
    dataDir,
    port: await freePort(),
    logger,
    killAfterMs: KILL_AFTER_MS,
    onOutage: () => {
      outages += 1
    },
  })
})
after(() => server.close())

async function open(t: TestContext, connection: pg.ClientConfig): Promise<{ client: pg.Client; pid: number }> {
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end().catch(() => {}))
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  return { client, pid: rows[0].pid }
}

/** The 19th field of a process; the name before it may hold blanks. */
const niceOf = (pid: number) =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[16],
  )

test('statements of people and agents stand behind our own questions, and what computes behind all', async t => {
  const reader = server.connection('reader')
  const asked = await open(t, reader)
  const written = await open(t, { ...reader, application_name: OPEN_ENDED_SESSION })
  const guest = await open(t, { connectionString: server.guestUrl, application_name: 'psql' })
  const writer = await open(t, server.connection('writer'))
  assert.equal(niceOf(writer.pid), niceOf(process.pid))
  assert.deepEqual(
    [asked, written, guest].map(({ pid }) => niceOf(pid)),
    [5, 15, 15],
  )
  // From the first statement on, however many come together.
  const together = await Promise.all(
    [0, 1, 2, 3].map(() => open(t, { ...reader, application_name: OPEN_ENDED_SESSION })),
  )
  for (const { pid } of together) {
    const session = `/proc/${pid}/autogroup`
    if (existsSync(session)) assert.match(readFileSync(session, 'utf8'), / nice 15\n/)
  }

  guest.client.query(UNSTOPPABLE).catch(() => {})
  await until(PATIENCE_MS, 'the long statement gives way', async () => niceOf(guest.pid) === 19)
  const session = `/proc/${guest.pid}/autogroup`
  if (existsSync(session))
    await until(PATIENCE_MS, 'its session gives way', async () => / nice 19\n/.test(readFileSync(session, 'utf8')))
  assert.equal(niceOf(asked.pid), 5)
  await until(PATIENCE_MS, 'it is ended', async () => !processesIn(cluster).includes(guest.pid))
  assert.equal(outages, 0)
})

for (const hindrance of ['', ' and no checkpoint ends'] as const) {
  test(`a session that withstands every signal is killed after the set time${hindrance}, and what was committed is there`, async t => {
    const owner = await open(t, server.connection('owner'))
    const table = hindrance === '' ? 'kept' : 'kept_too'
    await owner.client.query(`CREATE TABLE ${table} AS SELECT generate_series(1, 1000) AS n`)
    const { rows } = await owner.client.query(`SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`)
    const guest = await open(t, { connectionString: server.guestUrl })
    const failed = assert.rejects(guest.client.query('SELECT pg_sleep(1000)'))
    await until(PATIENCE_MS, 'it sleeps', async () => {
      const { rows } = await owner.client.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [guest.pid])
      return rows[0]?.state === 'active'
    })
    // A stopped process acts on nothing but SIGKILL.
    process.kill(guest.pid, 'SIGSTOP')
    if (hindrance !== '') process.kill(rows[0].pid, 'SIGSTOP')
    const before = outages
    log = ''
    const lost = new Promise(resolve => owner.client.once('end', resolve))
    await until(PATIENCE_MS, 'the last step is taken', async () => /cannot be stopped/.test(log))
    await Promise.all([failed, lost])
    assert.equal(/no checkpoint/.test(log), hindrance !== '')
    // The server starts again by itself, or by us: either way it is the same data.
    await until(PATIENCE_MS, 'the server is back', async () => {
      const again = new pg.Client(server.connection('owner'))
      again.on('error', () => {})
      try {
        await again.connect()
        return (await again.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n === 1_000
      } catch {
        return false
      } finally {
        await again.end().catch(() => {})
      }
    })
    assert.ok(outages <= before + 1)
    assert.ok(!processesIn(cluster).includes(guest.pid))
  })
}
