import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MIGRATIONS_DIR, readMigrations } from './migration-files.ts'

function folderOf(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sensorium-migrations-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql)
  return folder
}

test('files run by number, each plain file before its variants', t => {
  const names = [
    '0010_b.sql',
    '0002_a.vector.sql',
    '0002_a.sql',
    '0002_a.timescale.sql',
    '0002_a.community.sql',
    '0001_z.sql',
  ]
  const folder = folderOf(t, { ...Object.fromEntries(names.map(name => [name, 'SELECT 1'])), 'notes.txt': 'not ours' })
  assert.deepEqual(
    readMigrations(folder).map(({ file, version, variant }) => [file, version, variant]),
    [
      ['0001_z.sql', 1, ''],
      ['0002_a.sql', 2, ''],
      ['0002_a.timescale.sql', 2, 'timescale'],
      ['0002_a.community.sql', 2, 'community'],
      ['0002_a.vector.sql', 2, 'vector'],
      ['0010_b.sql', 10, ''],
    ],
  )
})

test('the checksum sees every change but the one that git makes to line ends', t => {
  const folder = folderOf(t, { '0001_a.sql': 'SELECT 1;\nSELECT 2;\n' })
  const checksum = (): string | undefined => readMigrations(folder)[0]?.checksum
  const first = checksum()
  writeFileSync(join(folder, '0001_a.sql'), 'SELECT 1;\r\nSELECT 2;\r\n')
  assert.equal(checksum(), first)
  writeFileSync(join(folder, '0001_a.sql'), 'SELECT 1;\nSELECT 3;\n')
  assert.notEqual(checksum(), first)
})

test('only a first line that says so takes a file out of its transaction', t => {
  const folder = folderOf(t, {
    '0001_a.sql': '-- no transaction: an index\nSELECT 1',
    '0002_b.sql': 'SELECT 1\n-- no transaction',
  })
  assert.deepEqual(
    readMigrations(folder).map(migration => migration.inTransaction),
    [false, true],
  )
})

test('a folder that leaves doubt about the order is refused, by file', t => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ '1_a.sql': '' }, /^1_a\.sql is not named/],
    [{ '0001_a.sql': '', '0001_a.cloud.sql': '' }, /^0001_a\.cloud\.sql is not named/],
    [{ '0001_a.timescale.sql': '' }, /^0001_a\.timescale\.sql has no plain file/],
    [{ '0001_a.sql': '', '0001_b.vector.sql': '' }, /^0001_b\.vector\.sql has no plain file/],
    [{ '0001_a.sql': '', '0001_b.sql': '' }, /has no plain file|have the number/],
  ]
  for (const [files, message] of cases) {
    assert.throws(() => readMigrations(folderOf(t, files)), { code: 'MIGRATION_FAILED', message })
  }
})

test('our own migrations can be read, in the order of their numbers', () => {
  const versions = readMigrations(MIGRATIONS_DIR).map(({ version }) => version)
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => a - b),
  )
  assert.ok(versions.length > 0)
})
