import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import pg from 'pg'
import { pino } from 'pino'
import { type EmbeddedServer, startEmbedded } from '../../store/embedded/index.ts'
import { freePort } from '../postgres-server.ts'
import { forkOwner, isAlive, until } from './owner.ts'

const logger = pino({ level: 'silent' })
const top = mkdtempSync(join(tmpdir(), 'sensorium-crash-'))
const dataDir = join(top, 'data')
let port: number

before(async () => {
  port = await freePort()
})
after(() => rmSync(top, { recursive: true, force: true }))

/** Closed with the test, also when it fails: a server that runs on would keep the file from ending. */
async function start(t: TestContext, onOutage?: (reason: string) => void): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, port, logger, onOutage })
  t.after(() => server.close())
  return server
}

async function countOf(server: EmbeddedServer): Promise<number> {
  const client = new pg.Client(server.connection('owner'))
  await client.connect()
  const { rows } = await client.query<{ count: number }>('SELECT count(DISTINCT number)::int AS count FROM numbers')
  await client.end()
  return rows[0]!.count
}

const NOT_SHUT_DOWN = /was not properly shut down/

function serverLog(): string {
  return readFileSync(join(dataDir, 'postgres.log'), 'utf8')
}

/** Lets a process commit rows until there are some, kills it, and returns how many it had been told of. */
async function killWhileCommitting(
  before: (postmaster: number) => void,
): Promise<{ rows: number; postmaster: number }> {
  rmSync(join(dataDir, 'postgres.log'), { force: true })
  const owner = forkOwner(dataDir, port)
  const { postmaster } = await owner.next('ready')
  let rows = 0
  owner.child.on('message', (message: { kind: string; number: number }) => {
    if (message.kind === 'committed') rows = message.number
  })
  owner.child.send('insert')
  await until(() => rows >= 200, '200 rows are committed')
  before(postmaster)
  await owner.kill()
  return { rows, postmaster }
}

test('killed with SIGKILL, our server stops by itself, and every committed row is there again', async t => {
  const { rows, postmaster } = await killWhileCommitting(() => {})
  await until(() => !isAlive(postmaster), 'the server followed its owner')
  const server = await start(t)
  assert.doesNotMatch(serverLog(), NOT_SHUT_DOWN)
  assert.ok((await countOf(server)) >= rows)
  await server.close()
})

test('an orphaned server is shut down by the next start, which loses nothing', async t => {
  const { rows, postmaster } = await killWhileCommitting(postmaster => {
    // Without its watcher the server cannot know that its owner dies.
    for (const pid of watchersOf(postmaster)) process.kill(pid, 'SIGKILL')
  })
  assert.equal(isAlive(postmaster), true)
  const server = await start(t)
  await until(() => !isAlive(postmaster), 'the orphan is gone')
  assert.doesNotMatch(serverLog(), NOT_SHUT_DOWN)
  assert.ok((await countOf(server)) >= rows)
  await server.close()
})

test('everything killed at once: the next start recovers', async t => {
  const { rows } = await killWhileCommitting(postmaster => process.kill(postmaster, 'SIGKILL'))
  const server = await start(t)
  assert.match(serverLog(), NOT_SHUT_DOWN)
  assert.ok((await countOf(server)) >= rows)
  await server.close()
})

test('a stale postmaster.pid whose number is another process now does not keep us out', async t => {
  await killWhileCommitting(postmaster => process.kill(postmaster, 'SIGKILL'))
  const pidFile = join(dataDir, 'cluster', 'postmaster.pid')
  // Of the server's own account, since Postgres takes nobody else's process for its predecessor.
  const { uid, gid } = statSync(pidFile)
  const stranger = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore' })
  t.after(() => stranger.kill())
  writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(stranger.pid)))
  const server = await start(t)
  assert.equal(stranger.exitCode, null)
  await server.close()
})

test('a server that dies while we run is reported and comes back with what was committed', async t => {
  const outages: string[] = []
  const server = await start(t, reason => outages.push(reason))
  const client = new pg.Client(server.connection('owner'))
  client.on('error', () => {})
  await client.connect()
  await client.query('DROP TABLE IF EXISTS numbers')
  await client.query('CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS number')
  const postmaster = Number(readFileSync(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(postmaster, 'SIGKILL')
  await until(async () => (await countOf(server).catch(() => 0)) === 1000, 'the rows can be read again')
  assert.deepEqual(outages, ['the server process ended'])
  await server.close()
})

test('a server that is being started again is stopped for good by close', async t => {
  const server = await start(t)
  const pidFile = join(dataDir, 'cluster', 'postmaster.pid')
  process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL')
  await server.close()
  const again = await start(t)
  assert.equal(await countOf(again), 1000)
  await again.close()
})

/** The shells that wait for our end hold the server's pid as their last argument. */
function watchersOf(postmaster: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter(pid => {
    try {
      const [program, , , argument] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return program === '/bin/sh' && argument === String(postmaster)
    } catch {
      return false
    }
  })
}
