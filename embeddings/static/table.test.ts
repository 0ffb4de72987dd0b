import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { folded } from './letters.ts'
import { rowsOf, wordsIn } from './pieces.ts'
import { readTable } from './table.ts'
import { staticVectors } from './vector.ts'

/** A table of two dimensions. */
function tableOf(entries: readonly (readonly [entry: string, scale: number, numbers: readonly number[]])[]): Buffer {
  const head = JSON.stringify({ format: 1, rows: entries.length, dimensions: 2 })
  const scales = Buffer.alloc(entries.length * 4)
  for (const [row, [, scale]] of entries.entries()) scales.writeFloatLE(scale, row * 4)
  const numbers = Buffer.from(Int8Array.from(entries.flatMap(entry => entry[2])).buffer)
  return Buffer.concat([Buffer.from(`${head}\n${entries.map(([entry]) => entry).join('\n')}\n`), scales, numbers])
}
const TABLE = tableOf([
  ['pay', 0.5, [2, 0]],
  ['##ment', 1, [0, 1]],
  ['payments', 1, [9, 9]],
  ['a', 1, [-1, 0]],
])

test('a vector is the sum of scaled rows: whole words, else the longest pieces from the left', () => {
  const table = readTable(TABLE)
  const vectorOf = staticVectors(table, 2)
  assert.deepEqual(rowsOf(table, 'payments'), [2])
  assert.deepEqual(rowsOf(table, 'payment'), [0, 1])
  assert.deepEqual(rowsOf(table, 'xpay'), [], 'a piece that begins a word goes on none')
  assert.deepEqual([...vectorOf('Payment: a').vector], [0, 1])
  assert.deepEqual(vectorOf('PAYMENT payments').tokens, 3)
})

const faults: [name: string, file: Buffer, message: RegExp][] = [
  ['nothing', Buffer.alloc(0), /begin with a line of JSON/],
  ['another format', Buffer.from('{"format": 2}\n'), /of format 2/],
  ['no sizes', Buffer.from('{"format": 1}\n'), /number of rows/],
  ['a file that is cut', TABLE.subarray(0, TABLE.length - 3), /entries/],
  ['a file that is cut short', TABLE.subarray(0, 50), /entries/],
]
for (const [name, file, message] of faults) {
  test(`${name} is refused as a table, with a sentence`, () => {
    assert.throws(() => readTable(file), { code: 'MODEL_UNUSABLE', message })
  })
}

test('texts become words as they do where the table is learnt', async () => {
  const cases = JSON.parse(await readFile(new URL('./words.cases.json', import.meta.url), 'utf8')) as [
    string,
    string[],
  ][] // ours
  for (const [text, words] of cases) {
    const found = (folded(text).match(/[A-Za-z0-9]+/g) ?? []).flatMap(wordsIn)
    assert.deepEqual(found, words, text)
  }
})
