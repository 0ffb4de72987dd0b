import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutLiterals, withoutSecrets } from './clean-span.ts'

test('an address keeps where it leads, not who asks for what', () => {
  for (const [address, clean] of [
    ['https://jane:word@api.example:8443/a/b?card=4111#top', 'https://api.example:8443/a/b'],
    ['https://api.example/users/@jane', 'https://api.example/users/@jane'],
    ['/orders?card=4111', '/orders'],
    ['http://jane@[::1]:80/', 'http://[::1]:80/'],
  ] as const) {
    assert.equal(withoutSecrets(address), clean)
  }
})

test('a statement keeps its form, not the values that were written into it', () => {
  for (const [statement, clean] of [
    [
      "SELECT * FROM users WHERE mail = 'jane@example.com' AND age > 41",
      'SELECT * FROM users WHERE mail = ? AND age > ?',
    ],
    ["SELECT 'it''s', E'it\\'s', $$a 'b'$$, $q$x$q$", 'SELECT ?, ?, ?, ?'],
    ['SELECT $1::int, "column 2" FROM t2 LIMIT 10', 'SELECT $1::int, "column 2" FROM t2 LIMIT ?'],
    ['UPDATE a SET b = 1.5e-3, c = -7', 'UPDATE a SET b = ?, c = -?'],
  ] as const) {
    assert.equal(withoutLiterals(statement), clean)
  }
})
