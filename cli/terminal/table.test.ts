import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTable } from './table.ts'

test('a table aligns its columns and puts numbers to the right', () => {
  const text = formatTable(
    ['name', 'n'],
    [
      { name: 'a', n: 5 },
      { name: 'long', n: 10 },
    ],
  )
  assert.deepEqual(text.split('\n'), ['name   n', '────  ──', 'a      5', 'long  10', '(2 rows)'])
})

test('a cell cannot move the cursor: control characters from telemetry are shown, not sent', () => {
  const text = formatTable(['m'], [{ m: '\x1b[2Jboo\nline' }])
  assert.ok(!text.includes('\x1b'))
  assert.ok(text.includes('·[2Jboo⏎line'))
})

test('a long cell is cut with a sign that it was', () => {
  const text = formatTable(['m'], [{ m: 'x'.repeat(500) }])
  assert.ok(text.includes('…'))
  assert.ok(text.split('\n').every(line => line.length <= 80))
})
