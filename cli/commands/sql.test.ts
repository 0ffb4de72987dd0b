import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { queryReadOnly } from '../../store/query.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { ROOT, runCommand } from '../../tests/sensorium-process.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { sqlCommand } from './sql.ts'

function help(): string {
  let text = ''
  sqlCommand()
    .configureOutput({ writeOut: part => (text += part) })
    .outputHelp()
  return text
}

test('every statement that the help and the runbooks show runs as the reader', async () => {
  const { database } = await createDatabase()
  const runbooks = readFileSync(new URL('../../docs/operations/runbooks.md', import.meta.url), 'utf8')
  const shown = [...help().matchAll(/sensorium sql "([^"]+)"/g), ...runbooks.matchAll(/`(SELECT [^`]+)`/g)]
  const statements = shown.map(([, statement]) => statement!)
  assert.ok(statements.some(statement => statement.includes('dead_letters')))
  for (const statement of statements) await assert.doesNotReject(queryReadOnly(database, statement), statement)
})

test('statements come from words, files and stdin; rows go out as table, JSON, NDJSON and CSV, all of them', async () => {
  const { url } = await createDatabase()
  const run = async (...args: string[]) => {
    const { stdout, stderr } = await runCommand(['sql', ...args], { DATABASE_URL: url })
    assert.equal(stderr, '')
    return stdout
  }
  const sql = `SELECT 1 AS n, 'a "b", c' AS t, NULL AS z, '' AS e, '{"k":[1]}'::jsonb AS j`
  assert.equal(await run(sql, '--csv'), 'n,t,z,e,j\n1,"a ""b"", c",,"","{""k"":[1]}"\n')
  const row = { n: 1, t: 'a "b", c', z: null, e: '', j: { k: [1] } }
  assert.deepEqual(JSON.parse(await run(sql, '--json')), [row])
  assert.deepEqual(JSON.parse(await run(sql, '--format', 'ndjson')), row)
  assert.equal(await run('SELECT 1 AS n WHERE false', '--json'), '[]\n')
  assert.equal(await run('SELECT 1 AS n WHERE false', '--csv'), 'n\n')
  const many = JSON.parse(await run('SELECT n FROM generate_series(1, 1501) n', '--json')) as { n: number }[]
  assert.deepEqual([many.length, many.at(-1)], [1501, { n: 1501 }])
  assert.match(await run('EXPLAIN SELECT 1'), /QUERY PLAN/)
  const file = path.join(temporaryFolder('sql'), 'a.sql')
  writeFileSync(file, '-- a comment\nSELECT 7 AS n; -- the end\n')
  assert.equal(await run('--file', file, '--csv'), 'n\n7\n')
  const piped = spawnSync(process.execPath, [path.join(ROOT, 'bin/sensorium.mjs'), 'sql', '--csv'], {
    input: 'SELECT 8 AS n',
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: url },
  })
  assert.equal(piped.stdout, 'n\n8\n')
  const hex = `SELECT fingerprint_of('ffffffffffffff00') AS fingerprint, fingerprint_hex(-256) AS h, -256::bigint AS plain`
  assert.deepEqual(JSON.parse(await run(hex, '--json')), [
    { fingerprint: 'ffffffffffffff00', h: 'ffffffffffffff00', plain: -256 },
  ])
  const columns = JSON.parse((await runCommand(['schema', 'trace_spans', '--json'], { DATABASE_URL: url })).stdout)
  assert.ok(columns.some(({ column }: { column: string }) => column === 'duration_ms'))
  for (const [args, message] of [
    [['sql', 'SELECT 1; SELECT 2'], /one statement at a time/],
    [['sql', 'SELECT 1 FROM nothing'], /"nothing" does not exist \(line 1, column 15\)/],
    [['sql', 'SELECT 1', '--format', 'xml'], /Allowed choices are table, json, ndjson, csv/],
    [['sql', 'CREATE TABLE t (n int)'], /only statements that read|permission denied/],
    [['schema', 'nothing'], /no table "nothing"/],
  ] as const) {
    const { code, stderr } = await runCommand(args, { DATABASE_URL: url })
    assert.equal(code, 1, args.join(' '))
    assert.match(stderr, message)
  }
})

test('of what is no command there is no help: it is refused with one that is like it', async () => {
  for (const words of [
    ['help', 'incident'],
    ['incident', '--help'],
  ]) {
    const { code, stdout, stderr } = await runCommand(words, {})
    assert.deepEqual([code, stdout], [1, ''], words.join(' '))
    assert.match(stderr, /unknown command 'incident'\n\(Did you mean incidents\?\)/)
  }
})

test('a shell is offered commands, options and the values that an option takes', async () => {
  for (const [words, expected] of [
    [['ta'], ['tail']],
    [['groups', 'sh'], ['show']],
    [['groups', 'list', '--sta'], ['--status']],
    [
      ['groups', 'list', '--status', 're'],
      ['resolved', 'regressed'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ] as const) {
    const { stdout } = await runCommand(['complete', '--', ...words], {})
    assert.deepEqual(stdout.trimEnd().split('\n'), expected, words.join(' '))
  }
})
