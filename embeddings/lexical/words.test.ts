import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { splitWords } from './words.ts'

const cases: [input: string, words: string, compounds?: string][] = [
  ['payment timed out', 'payment timed out'],
  ['PaymentGatewayTimeoutError', 'payment gateway timeout error', 'paymentgatewaytimeouterror'],
  ['HTTPServer parseJSONBody', 'http server parse json body', 'httpserver parsejsonbody'],
  ['max_in_flight_bytes', 'max in flight bytes', 'maxinflightbytes'],
  ['com.acme.billing.InvoiceService.total', 'com acme billing invoice service total', 'invoiceservice'],
  ['src/payment/client.ts:42', 'src payment client ts 42'],
  ['connect ECONNREFUSED <ip>:<num> (postgres)', 'connect econnrefused postgres'],
  ['took <duration>, <*> left, a <b', 'took left a b'],
  ["it didn't answer, can't connect, cannot go on", 'it did not answer can not connect can not go on'],
  ['sha256 k8s p99 TS2345 503', 'sha256 k8s p99 ts2345 503'],
  ['Zahlung für Käufer fehlgeschlagen', 'zahlung fur kaufer fehlgeschlagen'],
  ['支払いタイムアウト', '支払 払い いタ タイ イム ムア アウ ウト'],
  ['*** --- !!!', ''],
  ['', ''],
]
for (const [input, words, compounds = ''] of cases) {
  test(`the words of ${JSON.stringify(input)}`, () => {
    const found = splitWords(input)
    assert.equal(found.words.join(' '), words)
    assert.equal(found.compounds.join(' '), compounds)
  })
}

test('any text gives words: never an error, an empty word, a capital, or more words than characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
      const { words } = splitWords(text)
      // Compatibility forms such as ﷺ become up to 18 characters, and a word each at most.
      assert.ok(words.length <= text.length * 18)
      for (const word of words) assert.ok(word !== '' && word === word.toLowerCase(), JSON.stringify(word))
    }),
  )
})

test('a megabyte is cut, so that one text cannot hold up the others', () => {
  const { words } = splitWords('word '.repeat(200_000))
  assert.ok(words.length > 1_000 && words.length < 2_000, String(words.length))
})
