import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { pino } from 'pino'
import { attachEmbedded, type EmbeddedServer, startEmbedded } from '../../store/embedded/index.ts'
import { openStore } from '../../store/open.ts'
import { freePort } from '../postgres-server.ts'
import { forkOwner, until } from './owner.ts'

const logger = pino({ level: 'silent' })
const top = mkdtempSync(join(tmpdir(), 'sensorium-embedded-'))
/** The first start of the file makes it; the tests after it find a cluster, as every start but the first does. */
const dataDir = join(top, 'data')
let port: number

before(async () => {
  port = await freePort()
})
after(() => rmSync(top, { recursive: true, force: true }))

async function ask<T extends pg.QueryResultRow>(
  server: EmbeddedServer,
  sql: string,
  role: 'owner' | 'writer' | 'reader' = 'owner',
): Promise<T[]> {
  const client = new pg.Client(server.connection(role))
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

async function running<T>(work: (server: EmbeddedServer) => Promise<T>, folder = dataDir): Promise<T> {
  const server = await startEmbedded({ dataDir: folder, port, logger })
  try {
    return await work(server)
  } finally {
    await server.close()
  }
}

test('what was written is there after a stop and a start', async () => {
  await running(server => ask(server, 'CREATE TABLE kept AS SELECT 42 AS answer'))
  assert.equal(existsSync(join(dataDir, 'server.json')), false)
  assert.equal(existsSync(join(dataDir, 'cluster', 'postmaster.pid')), false)
  assert.deepEqual(await running(server => ask(server, 'SELECT answer FROM kept')), [{ answer: 42 }])
})

test('the server keeps the promises that it was configured for', async () => {
  const names =
    "('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories', 'TimeZone')"
  await running(async server => {
    assert.deepEqual(await ask(server, `SELECT name, setting FROM pg_settings WHERE name IN ${names} ORDER BY name`), [
      { name: 'TimeZone', setting: 'UTC' },
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'synchronous_commit', setting: 'on' },
      { name: 'unix_socket_directories', setting: '' },
    ])
    const database = `SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale
      FROM pg_database WHERE datname = current_database()`
    assert.deepEqual(await ask(server, database), [{ encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8' }])
  })
})

test('the passwords are random, closed to others, and needed', async () => {
  const file = join(dataDir, 'credentials.json')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const passwords = Object.values<string>(JSON.parse(readFileSync(file, 'utf8')))
  assert.equal(new Set(passwords).size, 4)
  for (const password of passwords) assert.equal(password.length, 32)
  await running(async server => {
    const url = new URL(server.connection('owner').connectionString)
    for (const wrong of ['', 'sensorium', passwords[2]!]) {
      url.password = wrong
      await assert.rejects(new pg.Client(url.href).connect())
    }
    assert.deepEqual(await ask(server, 'SELECT session_user::text AS who', 'writer'), [{ who: 'sensorium_writer' }])
    assert.deepEqual(await ask(server, 'SELECT session_user::text AS who', 'reader'), [{ who: 'sensorium_reader' }])
  })
})

test('a second process finds the running server, and none when it is stopped', async () => {
  assert.equal(await attachEmbedded(dataDir), undefined)
  assert.equal(await attachEmbedded(join(top, 'never-made')), undefined)
  await running(async server => {
    await ask(server, 'CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer')
    const other = await attachEmbedded(dataDir)
    assert.ok(other)
    assert.equal(other.port, port)
    assert.deepEqual(await ask(other, 'SELECT answer FROM kept'), [{ answer: 42 }])
    await other.close()
    assert.deepEqual(await ask(server, 'SELECT 1 AS one'), [{ one: 1 }], 'closing the guest leaves the host running')
  })
})

test('a command attaches to the running server, and runs one for itself when there is none', async () => {
  const settings = { url: undefined, reader_url: undefined, data_dir: dataDir, port }
  const alone = await openStore(settings, logger, { attach: true })
  assert.equal(alone.target, `127.0.0.1:${port}/sensorium`)
  await alone.close()
  await running(async server => {
    const guest = await openStore({ ...settings, port: 1 }, logger, { attach: true })
    assert.equal(guest.target, `127.0.0.1:${port}/sensorium`)
    assert.equal(guest.capabilities.footing, 'embedded')
    await guest.close()
    assert.deepEqual(await ask(server, 'SELECT 1 AS one'), [{ one: 1 }])
  })
})

test('a folder that a living process uses is refused with its pid, and is free when that one is gone', async () => {
  const owner = forkOwner(dataDir, port)
  await owner.next('ready')
  await assert.rejects(startEmbedded({ dataDir, port: await freePort(), logger }), {
    code: 'DATA_DIR_IN_USE',
    message: new RegExp(`pid ${owner.child.pid}\\b.*service\\.database\\.data_dir`),
  })
  await owner.stop()
  await running(server => ask(server, 'SELECT 1'))
})

test('a taken port is refused with the key to change, and the folder is free again', async () => {
  const squatter = createServer().listen(port, '127.0.0.1')
  await until(() => squatter.listening, 'the port is taken')
  await assert.rejects(startEmbedded({ dataDir, port, logger }), {
    code: 'ADDRESS_UNAVAILABLE',
    message: new RegExp(`127\\.0\\.0\\.1:${port}.*service\\.database\\.port`),
  })
  await new Promise(resolve => squatter.close(resolve))
  await running(server => ask(server, 'SELECT 1'))
})

test('a cluster of another major version is refused and left as it is', async () => {
  const file = join(dataDir, 'cluster', 'PG_VERSION')
  const version = readFileSync(file, 'utf8')
  writeFileSync(file, '16\n')
  await assert.rejects(startEmbedded({ dataDir, port, logger }), {
    code: 'DATA_DIR_UNUSABLE',
    message: /was made by Postgres 16.*brings Postgres 18.*pg_dump/,
  })
  writeFileSync(file, version)
  await running(server => ask(server, 'SELECT answer FROM kept'))
})

test('a cluster whose passwords are lost is refused and left as it is', async () => {
  const file = join(dataDir, 'credentials.json')
  const content = readFileSync(file, 'utf8')
  rmSync(file)
  await assert.rejects(startEmbedded({ dataDir, port, logger }), {
    code: 'DATA_DIR_UNUSABLE',
    message: /credentials\.json holds the passwords.*bring the file back/,
  })
  assert.equal(existsSync(file), false)
  writeFileSync(file, content, { mode: 0o600 })
  await running(server => ask(server, 'SELECT answer FROM kept'))
})

test('what a killed initdb left is cleared away', async () => {
  const folder = join(top, 'unfinished')
  const owner = forkOwner(folder, port)
  await until(() => existsSync(folder) && existsSync(join(folder, 'credentials.json')), 'initdb has begun')
  await owner.kill()
  assert.equal(existsSync(join(folder, 'cluster')), false)
  assert.deepEqual(await running(server => ask(server, 'SELECT 1 AS one'), folder), [{ one: 1 }])
  assert.deepEqual(readdirSync(folder).sort(), ['cluster', 'credentials.json', 'lock', 'postgres.log'])
})

test('a folder behind one that only we may enter works', async () => {
  const closed = mkdtempSync(join(top, 'closed-'))
  chmodSync(closed, 0o700)
  const folder = join(closed, 'deep', 'data')
  await running(server => ask(server, 'CREATE TABLE kept AS SELECT 42 AS answer'), folder)
  assert.deepEqual(await running(server => ask(server, 'SELECT answer FROM kept'), folder), [{ answer: 42 }])
})

test('a folder that cannot be made is refused with the key to change', async () => {
  const file = join(top, 'file')
  writeFileSync(file, '')
  await assert.rejects(startEmbedded({ dataDir: join(file, 'data'), port, logger }), {
    code: 'DATA_DIR_UNUSABLE',
    message: /service\.database\.data_dir/,
  })
})

test('a folder that takes no writes is refused with the key to change, and its lock is free again', async () => {
  const folder = join(top, 'read-only')
  // A folder in the place of the file: nobody can write that, root neither.
  mkdirSync(join(folder, 'server.json', 'in-the-way'), { recursive: true })
  const start = () => startEmbedded({ dataDir: folder, port, logger })
  const refusal = { code: 'DATA_DIR_UNUSABLE', message: /server\.json.*service\.database\.data_dir/ }
  await assert.rejects(start, refusal)
  await assert.rejects(start, refusal)
  await assert.rejects(startEmbedded({ dataDir: '/sys/kernel', port, logger }), {
    code: 'DATA_DIR_UNUSABLE',
    message: /service\.database\.data_dir/,
  })
})

test('the lock is closed to others, who could hold it by reading alone', async () => {
  const folder = mkdtempSync(join(top, 'open-'))
  writeFileSync(join(folder, 'lock'), '', { mode: 0o644 })
  await running(async () => {
    assert.equal(statSync(join(folder, 'lock')).mode & 0o777, 0o600)
  }, folder)
})
