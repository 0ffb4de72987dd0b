import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../tests/postgres.ts'
import { freePort } from '../tests/postgres-server.ts'
import { withClient } from './connect.ts'
import { foreignConnection, storeAt } from './open.ts'
import { databaseSettings } from './settings.ts'

test('a role is taken by start-up options, which keep those of the URL', () => {
  const url = 'postgres://alice:secret@db:5432/main'
  const readOnly =
    '-c default_transaction_read_only=on -c statement_timeout=5s -c idle_in_transaction_session_timeout=60s -c max_parallel_workers_per_gather=0 -c plan_cache_mode=force_custom_plan'
  const cases = [
    [url, undefined, 'owner', 'separate', { connectionString: url }],
    [url, undefined, 'writer', 'separate', { connectionString: url, options: '-c role=sensorium_writer' }],
    [url, undefined, 'writer', 'shared', { connectionString: url }],
    [url, undefined, 'reader', 'separate', { connectionString: url, options: `${readOnly} -c role=sensorium_reader` }],
    [url, undefined, 'reader', 'shared', { connectionString: url, options: readOnly }],
    [
      url,
      'postgres://bob@db/main',
      'reader',
      'separate',
      { connectionString: 'postgres://bob@db/main', options: readOnly },
    ],
    [
      `${url}?sslmode=disable&options=-c%20search_path%3Dx`,
      undefined,
      'writer',
      'separate',
      { connectionString: `${url}?sslmode=disable`, options: '-c search_path=x -c role=sensorium_writer' },
    ],
  ] as const
  for (const [at, readerUrl, role, roles, expected] of cases) {
    assert.deepEqual(foreignConnection(at, readerUrl, role, roles), expected)
  }
})

test('each role works under its own name, with the settings of the URL', async () => {
  const { url } = await createDatabase()
  const store = await storeAt(`${url}?options=-c%20lock_timeout%3D1234`)
  const facts = `SELECT current_user::text AS role, current_setting('lock_timeout') AS lock,
    current_setting('statement_timeout') AS statement, current_setting('default_transaction_read_only') AS readonly`
  const ask = (role: 'owner' | 'writer' | 'reader'): Promise<unknown> =>
    withClient(store, role, async client => (await client.query(facts)).rows[0])
  const rest = { lock: '1234ms', statement: '0', readonly: 'off' }
  assert.deepEqual(await ask('writer'), { role: 'sensorium_writer', ...rest })
  assert.deepEqual(await ask('reader'), { role: 'sensorium_reader', lock: '1234ms', statement: '5s', readonly: 'on' })
  assert.doesNotMatch(store.target, /@|:\/\//)
})

test('a database that is not there is named with host, port and key, and never with its password', async () => {
  const port = await freePort()
  const { url } = await createDatabase()
  const missing = new URL(url)
  missing.pathname = '/no_such_database'
  const wrong = new URL(url)
  wrong.username = 'no_such_user'
  wrong.password = 'hunter2-secret'
  const cases: [string, RegExp][] = [
    [
      `postgres://alice:hunter2-secret@127.0.0.1:${port}/main`,
      new RegExp(`127\\.0\\.0\\.1:${port}/main: nothing listens there`),
    ],
    [
      'postgres://alice:hunter2-secret@no-such-host.invalid/main',
      /no-such-host\.invalid:5432\/main: (no such host|the name)/,
    ],
    [missing.href, /no_such_database: the server has no such database; create it first/],
    [wrong.href, /refuse|no_such_user|does not exist/],
  ]
  for (const [at, message] of cases) {
    const error: Error & { code?: string } = await storeAt(at).then(
      () => assert.fail(`${message} was expected`),
      (error: Error) => error,
    )
    assert.equal(error.code, 'DATABASE_UNREACHABLE')
    assert.match(error.message, message)
    assert.match(error.message, /service\.database\.url, DATABASE_URL/)
    assert.doesNotMatch(error.message, /hunter2/)
  }
})

test('settings have defaults, take an empty variable for none, and refuse what is no database', () => {
  assert.deepEqual(databaseSettings.parse({}), { data_dir: './data/postgres', port: 54329 })
  assert.equal(databaseSettings.parse({ url: '' }).url, undefined)
  assert.equal(databaseSettings.parse({ url: 'postgresql://h/d' }).url, 'postgresql://h/d')
  for (const bad of [
    { url: 'mysql://h/d' },
    { url: 'postgres://a:b@h:x/d' },
    { port: 0 },
    { data_dir: '' },
    { urll: '' },
  ]) {
    const { success, error } = databaseSettings.safeParse(bad)
    assert.equal(success, false, JSON.stringify(bad))
    assert.doesNotMatch(error?.message ?? '', /a:b/)
  }
})
