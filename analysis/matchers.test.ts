import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesAll, parseMatcher } from './matchers.ts'

const LABELS = { service: 'shop', severity: 'error', path: '/a "b"\\c', 'shop.locale': 'sv-SE' }

test('matchers mean what they mean to Alertmanager: whole values, absent is empty', () => {
  const holds: [string, boolean][] = [
    ['service="shop"', true],
    ['service=shop', true],
    ['service="sho"', false],
    ['service!="shop"', false],
    ['service!="cart"', true],
    ['severity=~"error|critical"', true],
    ['severity=~"err"', false],
    ['severity!~"info|warning"', true],
    ['owner=""', true],
    ['owner!=""', false],
    ['owner=~".*"', true],
    ['path="/a \\"b\\"\\\\c"', true],
    [' shop.locale = "sv-SE" ', true],
  ]
  for (const [text, expected] of holds) assert.equal(matchesAll([parseMatcher(text)], LABELS), expected, text)
  assert.equal(matchesAll(['service=shop', 'severity=info'].map(parseMatcher), LABELS), false, 'all must hold')
})

test('what is no matcher is refused with what to write', () => {
  for (const text of ['', 'shop', '="x"', 'service==shop', 'service="a', 'service=~"("', 'service=a b']) {
    assert.throws(
      () => parseMatcher(text),
      error => error instanceof Error && error.message.includes(JSON.stringify(text)),
      text,
    )
  }
})
