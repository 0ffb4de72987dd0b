import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressText } from './progress-bar.ts'

const MEBIBYTE = 1024 * 1024
const what = 'onnx/model.onnx'

test('a bar tells the share, the size, the speed, the time that is left and the file', () => {
  const half = progressText({ what, bytes: 50 * MEBIBYTE, totalBytes: 100 * MEBIBYTE, rate: 0.5 * MEBIBYTE }, 200)
  assert.equal(half, `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  50.0/100 MiB  0.5 MiB/s  1:40  ${what}`)
})

test('a bar is full at the end and does not promise the end before it', () => {
  const almost = progressText({ what, bytes: 999, totalBytes: 1000, rate: 0 }, 200)
  assert.ok(almost.includes(' 99 %'), almost)
  const done = progressText({ what, bytes: 1000, totalBytes: 1000, rate: 10 }, 200)
  assert.ok(done.startsWith(`${'█'.repeat(24)} 100 %`), done)
  assert.ok(!/\d:\d\d/.test(done), 'no time is left')
})

test('a bar never wraps: it is cut to the terminal', () => {
  for (const columns of [20, 40, 80]) {
    const text = progressText({ what, bytes: 1, totalBytes: 2, rate: 1 }, columns)
    assert.ok(text.length < columns, `${text.length} of ${columns}`)
  }
})
