import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { LogFile } from './log-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'sensorium-log-'))
after(() => rmSync(folder, { recursive: true }))

test('lines come out whole, however the output was cut', () => {
  const log = new LogFile(join(folder, 'cut.log'))
  assert.deepEqual(log.write('one\ntw'), ['one'])
  assert.deepEqual(log.write('o\nthree\n'), ['two', 'three'])
  assert.deepEqual(log.tail, ['one', 'two', 'three'])
  assert.equal(readFileSync(log.path, 'utf8'), 'one\ntwo\nthree\n')
  assert.equal(statSync(log.path).mode & 0o777, 0o600)
})

test('a server that never stops complaining fills two files of 8 MiB and no more', () => {
  const log = new LogFile(join(folder, 'full.log'))
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
  for (let i = 0; i < 40; i++) log.write(line)
  const files = readdirSync(folder).filter(name => name.startsWith('full.log'))
  assert.deepEqual(files.sort(), ['full.log', 'full.log.1'])
  for (const name of files) assert.ok(statSync(join(folder, name)).size <= 8 * 1024 * 1024)
})

test('a new process goes on in the file of the one before', () => {
  const path = join(folder, 'again.log')
  new LogFile(path).write('first\n')
  const second = new LogFile(path)
  second.write('second\n')
  assert.equal(readFileSync(path, 'utf8'), 'first\nsecond\n')
  assert.deepEqual(second.tail, ['second'])
})

test('a log that cannot be written ends nobody', () => {
  const log = new LogFile(join(folder, 'no-such-folder', 'x.log'))
  assert.deepEqual(log.write('still read\n'), ['still read'])
})
