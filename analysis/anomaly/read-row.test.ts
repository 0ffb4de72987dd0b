import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readRow } from './read-row.ts'

const NOON = Date.parse('2026-01-31T12:00:00Z')

test('the same moment in every form that is read', () => {
  const forms = [
    '2026-01-31T12:00:00Z',
    '2026-01-31 12:00:00',
    '2026-01-31T12:00',
    '2026-01-31T12:00:00.000000000Z',
    '2026-01-31T14:00:00+02:00',
    '2026-01-31T06:30:00-0530',
    `${NOON / 1e3}`,
    `${NOON / 1e3}.000`,
    `${NOON}`,
    `${NOON}000`,
    `${NOON}000000`,
    '"2026-01-31T12:00:00Z"',
  ]
  for (const form of forms)
    assert.deepEqual(readRow(`${form},1.5`, false), { kind: 'value', timeMs: NOON, value: 1.5 }, form)
})

test('a header is one at the start and a fault elsewhere', () => {
  assert.equal(readRow('\uFEFFtimestamp,value', true).kind, 'header')
  assert.equal(readRow('"timestamp","value"', true).kind, 'header')
  assert.equal(readRow('timestamp,value', false).kind, 'fault')
  assert.equal(readRow('now,NaN', true).kind, 'fault')
})

test('what is wrong is said, with what to do', () => {
  const cases: readonly [string, RegExp][] = [
    ['2026-01-31T12:00:00Z', /1 fields: write two/],
    ['2026-01-31T12:00:00Z,1,5', /3 fields: .* with a point in decimals/],
    ['yesterday,1', /timestamp "yesterday" is neither ISO 8601/],
    ['2026-13-31T12:00:00Z,1', /timestamp/],
    ['2026-01-31T12:00:00Z,', /value "" is not a finite number/],
    ['2026-01-31T12:00:00Z,NaN', /value "NaN"/],
    ['2026-01-31T12:00:00Z,1e999', /value "1e999"/],
    ['2026-01-31T12:00:00Z,0x10', /value "0x10"/],
  ]
  for (const [line, message] of cases) {
    const row = readRow(line, false)
    assert.ok(row.kind === 'fault' && message.test(row.fault), `${line}: ${JSON.stringify(row)}`)
  }
})

test('no text makes it throw, and every value is finite', () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), (line, isFirst) => {
      const row = readRow(line, isFirst)
      return row.kind !== 'value' || (Number.isFinite(row.value) && Number.isFinite(row.timeMs))
    }),
  )
})
