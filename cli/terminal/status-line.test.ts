import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusText } from './status-line.ts'

test('the status line shows the books of each signal, and refusals only where there are some', () => {
  const zero = { accepted: 0, refused: 0, stored: 0, deduplicated: 0, dropped: 0 }
  const totals = (signal: string) =>
    signal === 'traces' ? { accepted: 1_234, refused: 2, stored: 1_200, deduplicated: 30, dropped: 4 } : zero
  const text = statusText(totals, 250)
  const [traces, metrics] = text.split(' │ ')
  assert.equal(traces, 'traces 1,234 accepted, 1,200 stored, 30 deduplicated, 4 dropped, 2 refused')
  assert.equal(metrics, 'metrics 0 accepted, 0 stored, 0 deduplicated, 0 dropped')
  assert.equal(statusText(totals, 80), 'traces 1,234 = 1,200 + 30 + 4 │ metrics 0 = 0 + 0 + 0 │ logs 0 = 0 + 0 + 0')
  assert.equal(statusText(totals, 20).length, 19)
})
