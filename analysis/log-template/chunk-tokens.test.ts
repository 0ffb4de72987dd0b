import assert from 'node:assert/strict'
import { test } from 'node:test'
import { templateOf } from './template.ts'

const cases: [string, string][] = [
  ['payment of order ord_n6c0qtct8 failed', 'payment of order ord_<id> failed'],
  ['payment of order ord_yhck4vg7v failed', 'payment of order ord_<id> failed'],
  ['link eth0 is up', 'link eth<num> is up'],
  ['reading core.1234', 'reading core.<num>'],
]
for (const [message, template] of cases) {
  test(`${message}: letters that name a kind stay, letters of a random id do not`, () => {
    assert.equal(templateOf(message).template, template)
  })
}
