import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecord } from '../../tests/contract/read-records.ts'
import { levelOf, severityOf } from './level.ts'

const TEXTS: Record<string, readonly string[]> = {
  fatal: ['F', 'FATAL', 'dpanic', 'panic', 'Critical', 'emerg', 'SEVERE'],
  error: ['E', 'err', 'ERROR2', '[ERROR]', 'failure', 'Failed', '<error>'],
  warn: ['W', 'warning:', 'WARN'],
  info: ['I', 'INFO', 'notice', 'LOG', 'Information', 'whatever', '???'],
  debug: ['D', 'DEBUG', 'dbg', 'FINE'],
  trace: ['V', 'verbose', 'TRACE', 'finest'],
}

test('a severity’s text tells the level where there is no number', () => {
  for (const [level, texts] of Object.entries(TEXTS)) {
    for (const severityText of texts)
      assert.equal(levelOf({ ...readRecord('logs', {}), severityText }), level, severityText)
  }
})

test('an exception without a severity is an error, and one that is told to be less is not', () => {
  const record = readRecord('logs', { attributes: { 'exception.type': 'TypeError' } })
  assert.equal(levelOf(record), 'error')
  assert.equal(severityOf(record), 17)
  assert.equal(levelOf({ ...record, severityText: 'warning' }), 'warn')
  assert.equal(levelOf({ ...record, severityNumber: 9 }), 'info')
  assert.equal(severityOf(readRecord('logs', {})), 9)
})
