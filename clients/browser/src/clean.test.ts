import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanText, cleanUrl } from './clean.ts'

test('an address is told without query, fragment, user and password', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['https://user:word@shop.example:8443/a/b?card=4111#top', 'https://shop.example:8443/a/b'],
    ['/orders?mail=jane@example.com', 'https://page.example/orders'],
    ['../x', 'https://page.example/x'],
    ['http://[', undefined],
  ]
  for (const [url, told] of cases) assert.equal(cleanUrl(url, 'https://page.example/a/'), told)
})

test('a text keeps its addresses but not their queries, and its lines and columns', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['at f (https://a.example/app.js?v=1:10:5)', 'at f (https://a.example/app.js:10:5)'],
    ['at https://a.example/page?token=x#y:3:14\n    at g', 'at https://a.example/page:3:14\n    at g'],
    ['GET "http://a/b?c=d" failed', 'GET "http://a/b" failed'],
    ['at f (https://a.example/app.js:10:5)', 'at f (https://a.example/app.js:10:5)'],
    ['why? because', 'why? because'],
  ]
  for (const [text, told] of cases) assert.equal(cleanText(text, 1_000), told)
  assert.equal(cleanText('x'.repeat(20), 10), `${'x'.repeat(10)}…`)
})

test('a hostile text is cleaned in time that grows with its length', () => {
  const text = `${'http://a?'.repeat(2_000)}${':1'.repeat(2_000)}`
  const startMs = performance.now()
  cleanText(text, text.length)
  assert.ok(performance.now() - startMs < 500)
})
