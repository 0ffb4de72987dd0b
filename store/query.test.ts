import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase, type TestDatabase } from '../tests/postgres.ts'
import { withClient } from './connect.ts'
import { queryReadOnly } from './query.ts'

let shared: Promise<TestDatabase> | undefined
async function database(): Promise<TestDatabase['database']> {
  shared ??= createDatabase()
  return (await shared).database
}

test('values become JSON without a change', async () => {
  const cases: [string, unknown][] = [
    ['NULL', null],
    ['true', true],
    ['42', 42],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['sum(n) FROM (VALUES (1::bigint), (2)) v(n)', 3],
    ['1.10::numeric', 1.1],
    ['0.1::float8 + 0.2::float8', 0.30000000000000004],
    ["'NaN'::float8", 'NaN'],
    ["'-Infinity'::float8", '-Infinity'],
    ["'NaN'::numeric", 'NaN'],
    ["'a''b'", "a'b"],
    ["'2026-11-20 23:45:33.123456+02'::timestamptz", '2026-11-20T21:45:33.123456Z'],
    ["'2026-11-20 23:45:33'::timestamp", '2026-11-20T23:45:33'],
    ["'infinity'::timestamptz", 'infinity'],
    ["'0044-03-15 12:00:00+00 BC'::timestamptz", '0044-03-15 12:00:00+00 BC'],
    ["'2026-11-20'::date", '2026-11-20'],
    ["'1 day 2 hours'::interval", '1 day 02:00:00'],
    [
      `'{"a": [1, 2.5, null, "x"], "big": 12345678901234567890}'::jsonb`,
      { a: [1, 2.5, null, 'x'], big: '12345678901234567890' },
    ],
    [`'{"__proto__": 1}'::jsonb`, JSON.parse('{"__proto__": 1}')],
    ['ARRAY[1, NULL, 3]', [1, null, 3]],
    ['ARRAY[9007199254740993, 1]::bigint[]', ['9007199254740993', 1]],
    [
      'ARRAY[[1, 2], [3, 4]]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [`ARRAY['a,b', 'c"d', NULL, 'NULL']`, ['a,b', 'c"d', null, 'NULL']],
    ["ARRAY[0.5, 'NaN']::float8[]", [0.5, 'NaN']],
    ["ARRAY['2026-01-01 00:00:00+00']::timestamptz[]", ['2026-01-01T00:00:00Z']],
    [`'\\xdeadbeef'::bytea`, '\\xdeadbeef'],
    ["'12345678-1234-1234-1234-123456789abc'::uuid", '12345678-1234-1234-1234-123456789abc'],
  ]
  for (const [expression, expected] of cases) {
    const { rows } = await queryReadOnly(await database(), `SELECT ${expression}`)
    assert.deepEqual(rows, [[expected]], expression)
  }
})

test('columns keep their order, and equal names are told apart', async () => {
  const result = await queryReadOnly(await database(), 'SELECT 1 AS a, 2 AS b, 3 AS a, 4 AS a_2, 5 AS a')
  assert.deepEqual(result, { columns: ['a', 'b', 'a_2', 'a_2_2', 'a_3'], rows: [[1, 2, 3, 4, 5]], isTruncated: false })
  assert.deepEqual(await queryReadOnly(await database(), 'SELECT 1 AS x WHERE false'), {
    columns: ['x'],
    rows: [],
    isTruncated: false,
  })
})

test('reading stops at the limit, and only says so when there was more', async () => {
  const sql = 'SELECT n FROM generate_series(1, 3) n'
  const rows = [[1], [2], [3]]
  assert.deepEqual(await queryReadOnly(await database(), sql, { maxRows: 3 }), {
    columns: ['n'],
    rows,
    isTruncated: false,
  })
  assert.deepEqual(await queryReadOnly(await database(), sql, { maxRows: 2 }), {
    columns: ['n'],
    rows: rows.slice(0, 2),
    isTruncated: true,
  })
  // So many rows that the server is not done sending when we are done reading.
  const endless = await queryReadOnly(
    await database(),
    'SELECT a FROM generate_series(1, 10000) a, generate_series(1, 10000) b',
    {
      maxRows: 10,
    },
  )
  assert.equal(endless.rows.length, 10)
  assert.equal(endless.isTruncated, true)
})

test('whatever reads is allowed: plans, settings, common tables', async () => {
  for (const sql of [
    'EXPLAIN SELECT 1',
    'SHOW server_version',
    'WITH a AS (SELECT 1) TABLE a',
    'VALUES (1)',
    'SELECT 1;',
  ]) {
    assert.ok((await queryReadOnly(await database(), sql)).rows.length > 0, sql)
  }
})

test('a column that is withheld from the reader is told from a statement that does not read', async () => {
  const store = await database()
  for (const sql of ['SELECT payload FROM dead_letters', 'SELECT * FROM dead_letters']) {
    const message = /for table dead_letters: the reader .* name the others in place of \*/
    await assert.rejects(queryReadOnly(store, sql), { code: 'USAGE', message }, sql)
  }
  const { rows } = await queryReadOnly(store, 'SELECT reason, count(*) FROM dead_letters GROUP BY 1')
  assert.deepEqual(rows, [])
})

test('what does not read is refused in words, and changes nothing', async () => {
  const store = await database()
  const insert = `INSERT INTO telemetry_scopes (scope_id, name, attributes) VALUES (1, 's', '{}')`
  const cases: [string, RegExp][] = [
    [insert, /only statements that read/],
    [`WITH w AS (${insert} RETURNING 1) TABLE w`, /only statements that read/],
    [`EXPLAIN ANALYZE ${insert}`, /only statements that read/],
    [`DO $$ BEGIN ${insert}; END $$`, /only statements that read/],
    ['CREATE TEMP TABLE t ()', /only statements that read/],
    [`SELECT set_config('transaction_read_only', 'off', false)`, /read-write mode/],
    [`COMMIT; ${insert}`, /one statement at a time/],
    ['COPY telemetry_scopes TO STDOUT', /use SELECT/],
    [`COPY telemetry_scopes TO '/tmp/x'`, /permission denied|superuser/],
    ['SELECT pg_sleep(60)', /longer than a reading statement may/],
    ['SELECT\n  nonsense FROM application_logs', /column "nonsense" does not exist \(line 2, column 3\)/],
    ['SELEC 1', /syntax error.*\(line 1, column 1\)/],
  ]
  for (const [sql, message] of cases) {
    await assert.rejects(queryReadOnly(store, sql), { code: 'USAGE', message }, sql)
  }
  const { rows } = await withClient(store, 'owner', owner => owner.query('SELECT FROM telemetry_scopes'))
  assert.equal(rows.length, 0)
})
