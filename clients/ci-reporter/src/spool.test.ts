import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { openSpool, spoolFolders } from './spool.ts'

function open() {
  const folder = path.join(temporaryFolder('ci-reporter'), 'spool')
  const spool = openSpool([folder])
  assert.ok(spool)
  return spool
}

test('reports wait in the order in which they came', () => {
  const spool = open()
  for (let i = 0; i < 20; i++) assert.equal(spool.keep(`{"n":${i}}`), 0)
  assert.deepEqual(
    spool.names().map(name => spool.read(name)),
    Array.from({ length: 20 }, (_, i) => `{"n":${i}}`),
  )
})

test('of more than 100 reports the oldest go, and are counted', () => {
  const spool = open()
  let dropped = 0
  for (let i = 0; i < 103; i++) dropped += spool.keep(String(i))
  assert.deepEqual([dropped, spool.names().length], [3, 100])
  assert.equal(spool.read(spool.names()[0]!), '3')
})

test('of more than 64 MiB the oldest go, and are counted', () => {
  const spool = open()
  const body = 'x'.repeat(20 * 1024 * 1024)
  assert.deepEqual(
    Array.from({ length: 5 }, () => spool.keep(body)),
    [0, 0, 0, 1, 1],
  )
})

test('what was refused is out of the way; the twenty newest are kept', () => {
  const spool = open()
  for (let i = 0; i < 22; i++) spool.keep(String(i))
  const dropped = spool.names().reduce((sum, name) => sum + spool.setAside(name), 0)
  assert.deepEqual([spool.names(), dropped, readdirSync(path.join(spool.folder, 'refused')).length], [[], 2, 20])
})

test('nothing of it can be committed or read by another user', () => {
  const spool = open()
  spool.keep('{}')
  assert.equal(readFileSync(path.join(spool.folder, '.gitignore'), 'utf8'), '*\n')
  assert.equal(statSync(spool.folder).mode & 0o077, 0)
  assert.equal(statSync(path.join(spool.folder, spool.names()[0]!)).mode & 0o077, 0)
})

test('what a killed process left half written is not sent, and goes after an hour', () => {
  const spool = open()
  const [old, fresh] = ['a.json.tmp', 'b.json.tmp'].map(name => path.join(spool.folder, name)) as [string, string]
  for (const file of [old, fresh]) writeFileSync(file, '{"run":')
  utimesSync(old, 1, 1)
  assert.deepEqual(openSpool([spool.folder])?.names(), [])
  assert.deepEqual([existsSync(old), existsSync(fresh)], [false, true])
})

test('where the first folder cannot be, the next one is taken; where none can, there is none', () => {
  const folder = temporaryFolder('ci-reporter')
  const file = path.join(folder, 'file')
  writeFileSync(file, '')
  const second = path.join(folder, 'second')
  assert.equal(openSpool([path.join(file, 'spool'), second])?.folder, second)
  assert.equal(openSpool([path.join(file, 'spool')]), undefined)
  assert.deepEqual(spoolFolders(folder)[0], path.join(folder, '.sensorium-ci', 'spool'))
  assert.notEqual(spoolFolders(folder)[1], spoolFolders('/elsewhere')[1])
})
