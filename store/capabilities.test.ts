import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../tests/postgres.ts'
import { checkSuitable, type Facts, isUsableTimescale, variantsOf } from './capabilities.ts'

const FACTS: Facts = {
  server_version: '18.4',
  server_version_num: 180_004,
  encoding: 'UTF8',
  standby: false,
  current_user: 'alice',
  current_schema: 'public',
  can_create: true,
  can_create_roles: true,
  superuser: false,
  is_member: true,
  timescale_preloaded: false,
  timescale_license: null,
  extensions: {},
}

test('a database that cannot hold our schema is refused with the reason and the key', () => {
  checkSuitable(FACTS)
  checkSuitable({ ...FACTS, server_version_num: 150_000 })
  const cases: [Partial<Facts>, RegExp][] = [
    [{ server_version: '14.19', server_version_num: 140_019 }, /is Postgres 14\.19, and Sensorium needs 15 or newer/],
    [{ encoding: 'SQL_ASCII' }, /encoded in SQL_ASCII.*ENCODING 'UTF8'/],
    [{ standby: true }, /read-only standby: name the primary/],
    [{ current_schema: null }, /search_path of alice names no schema/],
  ]
  for (const [change, message] of cases) {
    assert.throws(() => checkSuitable({ ...FACTS, ...change }), { code: 'DATABASE_UNSUITABLE', message })
    assert.throws(() => checkSuitable({ ...FACTS, ...change }), /service\.database\.url, DATABASE_URL/)
  }
})

test('TimescaleDB counts from the release that has by_range()', () => {
  const versions = [undefined, '2.9.3', '2.12.2', '2.13.0', '2.31.0', '3.0.0']
  assert.deepEqual(versions.map(isUsableTimescale), [false, false, false, true, true, true])
})

test('the variants follow from what is installed', async () => {
  const { database } = await createDatabase()
  const none = { installed: undefined, available: undefined }
  const timescaledb = { installed: '2.31.0', available: '2.31.0', preloaded: true, license: 'apache' } as const
  const base = { ...database.capabilities, timescaledb: { ...timescaledb, ...none }, vector: none, trigram: none }
  assert.deepEqual(variantsOf(base), [''])
  assert.deepEqual(variantsOf({ ...base, timescaledb }), ['', 'timescale'])
  const community = { ...timescaledb, license: 'timescale' } as const
  const vector = { installed: '0.8.7', available: '0.8.7' }
  assert.deepEqual(variantsOf({ ...base, timescaledb: community, vector }), ['', 'timescale', 'community', 'vector'])
  assert.deepEqual(variantsOf({ ...base, trigram: { installed: '1.6', available: '1.6' } }), ['', 'trigram'])
  assert.deepEqual(variantsOf({ ...base, timescaledb: { ...community, installed: '2.12.0' } }), [''])
})

test('a real server is asked, and its answers agree with its catalogues', async () => {
  const { database } = await createDatabase()
  const { serverVersion, serverVersionNumber, trigram, roles, superuser } = database.capabilities
  assert.equal(Math.floor(serverVersionNumber / 10_000), Number.parseInt(serverVersion, 10))
  assert.ok(trigram.installed)
  assert.equal(roles, 'separate')
  assert.equal(superuser, true)
})
