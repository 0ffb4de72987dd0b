import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTable } from './table.ts'
import { cellsOf } from './width.ts'

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

test('a table is as wide as the terminal: prose gives way, ids and numbers stay whole, else each value has a line', () => {
  const row = {
    id: '60f6bd12dfdbd57f',
    n: 12345,
    text: 'the quick brown fox jumps over the lazy dog',
    more: '你好 '.repeat(9),
  }
  const columns = Object.keys(row)
  for (const width of [120, 80, 60, 20]) {
    const lines = formatTable(columns, [row, { ...row, text: null }], width).split('\n')
    for (const line of lines) assert.ok(cellsOf(line) <= width, `${width}: ${line}`)
    if (width >= 60) assert.match(lines[2]!, /^60f6bd12dfdbd57f {2}12345 {2}the quick brow/)
    else assert.match(lines[0]!, /^── 1$/)
  }
  assert.match(formatTable(columns, [row]), /over the lazy dog/)
  const words = formatTable(columns, [row], 30).replaceAll(/\s+/g, ' ')
  assert.match(words, /text the quick brown fox jumps over the lazy dog more/, 'nothing is cut that has room below')
})
