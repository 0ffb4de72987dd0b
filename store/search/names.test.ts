import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namesIn } from './names.ts'

const cases: [question: string, names: string[]][] = [
  ['payments are slow in the evening', []],
  ['deadlock', ['deadlock']],
  ['what does ENOSPC mean here?', ['ENOSPC']],
  ['NullPointerException in InvoiceService.total', ['NullPointerException', 'InvoiceService.total']],
  ['SMTP 550 from mx.example.net', ['SMTP', '550', 'mx.example.net']],
  ['who holds post_entry, since 3 days', ['post_entry']],
  ['("com.zaxxer.hikari")', ['com.zaxxer.hikari']],
  ['ORA-01555 and E11000', ['ORA-01555', 'E11000']],
  ['A B C', []],
  ['single sign-on of a read-only user', []],
  ['ошибка', ['ошибка']],
]
for (const [question, names] of cases) {
  test(`the names in "${question}": ${names.join(', ') || 'none'}`, () => assert.deepEqual(namesIn(question), names))
}

test('a paste of identifiers is no list without end', () => {
  const paste = Array.from({ length: 1_000 }, (_, n) => `id_${n}`).join(' ')
  assert.equal(namesIn(paste).length, 8)
})
