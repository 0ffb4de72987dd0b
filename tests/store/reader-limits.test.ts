import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import type { Database } from '../../pipeline/component.ts'
import { boundReader, READER_CONNECTIONS, unboundedReader } from '../../store/reader-limits.ts'
import { createDatabase } from '../postgres.ts'
import { environmentOf, freePorts, ROOT, runCommand } from '../sensorium-process.ts'

const HARDENING = readFileSync(path.join(ROOT, 'sql/harden-reader.sql'), 'utf8')
const TEMPORARY = /may fill the disk with temporary files: let a superuser run (ALTER ROLE .*)/
const CONNECTIONS = /may take every connection of the server: run (ALTER ROLE .*)/
const LOCKS = /may take advisory locks .*: run sql\/harden-reader\.sql as a superuser/
const RUNS_ON = /a statement in a function that heeds no signal runs on after its deadline; nobody waits for it/
/** Sorts a gigabyte. */
const LARGE = 'SELECT count(*) FROM (SELECT DISTINCT repeat(i::text, 20) FROM generate_series(1, 10000000) i) q'

let number = 0

/** On a server that is not ours: its superuser, an owner who is none, and a login that reads. */
async function open(t: TestContext) {
  const { url, name: database } = await createDatabase()
  const name = (what: string) => `sensorium_test_${what}_${process.pid}_${++number}`
  const [owner, reader] = [name('owner'), name('reader')]
  const as = (user: string) => {
    const there = new URL(url)
    there.username = user
    there.password = 'a password'
    return there.href
  }
  const connect = async (to: string) => {
    const client = new pg.Client(to)
    await client.connect()
    return client
  }
  const superuser = await connect(url)
  t.after(async () => {
    await superuser.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}; DROP OWNED BY ${owner}; DROP ROLE ${owner}`)
    await superuser.end()
  })
  // As servers come; one of ours has a limit.
  await superuser.query(`ALTER DATABASE ${database} SET temp_file_limit = -1`)
  await superuser.query(`CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD 'a password'`)
  const ownerClient = await connect(as(owner))
  t.after(() => ownerClient.end())
  await ownerClient.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'a password'`)
  await superuser.query(`GRANT sensorium_reader TO ${reader}`)
  const lent = { connection: () => ({ connectionString: as(reader) }) } as unknown as Database // the reader's alone
  return { url, superuser, owner: ownerClient, reader, readerUrl: as(reader), database: lent }
}

test('an owner who is no superuser bounds what he may of the reader, and is told the rest with the statement to run', async t => {
  const { superuser, owner, reader, readerUrl, database } = await open(t)
  await boundReader(owner, reader)
  const told = (await unboundedReader(database, false)).join('\n')
  assert.match(told, TEMPORARY)
  assert.doesNotMatch(told, CONNECTIONS)
  assert.match(told, RUNS_ON)
  const { rows } = await superuser.query('SELECT rolconnlimit AS n FROM pg_roles WHERE rolname = $1', [reader])
  assert.deepEqual(rows, [{ n: READER_CONNECTIONS }])
  await superuser.query(TEMPORARY.exec(told)![1]!)
  assert.doesNotMatch((await unboundedReader(database, false)).join('\n'), TEMPORARY)
  const client = new pg.Client(readerUrl)
  await client.connect()
  t.after(() => client.end())
  await assert.rejects(client.query(LARGE), { code: '53400' })
  await assert.rejects(client.query('SET temp_file_limit = -1'), { code: '42501' })
})

test('a superuser bounds all of it', async t => {
  const { superuser, reader, database } = await open(t)
  await boundReader(superuser, reader)
  const told = (await unboundedReader(database, false)).join('\n')
  assert.doesNotMatch(told, TEMPORARY)
  assert.doesNotMatch(told, CONNECTIONS)
})

test('doctor names each limit that a reader on a server of others lacks, until what it says has been run', async t => {
  const { url, superuser, readerUrl } = await open(t)
  const environment = { ...environmentOf(await freePorts()), DATABASE_URL: url, DATABASE_READER_URL: readerUrl }
  const doctor = async () => (await runCommand(['doctor'], environment)).stdout
  const before = await doctor()
  for (const line of [TEMPORARY, CONNECTIONS, LOCKS, RUNS_ON]) assert.match(before, line)
  for (const line of [TEMPORARY, CONNECTIONS]) await superuser.query(line.exec(before)![1]!)
  await superuser.query(HARDENING)
  const after = await doctor()
  for (const line of [TEMPORARY, CONNECTIONS, LOCKS]) assert.doesNotMatch(after, line)
  assert.match(after, RUNS_ON)
})
