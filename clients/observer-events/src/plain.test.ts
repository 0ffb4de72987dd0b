import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanText, plain } from './plain.ts'

const SECRET_NAMES = [
  'password',
  'Passphrase',
  'client_secret',
  'x-api-key',
  'apiToken',
  'github_token',
  'accesstoken',
  'Set-Cookie',
  'Authorization',
  'userPin',
  'jwt',
  'aws.access-key',
]
const HARMLESS_NAMES = ['max_tokens', 'tokenCount', 'spinner', 'author', 'session_count', 'compass', 'keyboard']

test('what is kept under a secret’s name stays at home; names that only look alike are kept', () => {
  for (const name of SECRET_NAMES) assert.deepEqual(plain({ [name]: 'v' }), { [name]: '[redacted]' }, name)
  for (const name of HARMLESS_NAMES) assert.deepEqual(plain({ [name]: 'v' }), { [name]: 'v' }, name)
})

const TEXTS: readonly (readonly [string, string])[] = [
  ['sent with Bearer abc.def-ghi123 to us', 'sent with [redacted] to us'],
  ['authorization: Basic dXNlcjpwYXNz', 'authorization: [redacted]'],
  ['got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln, which is old', 'got [redacted], which is old'],
  ['connect postgres://app:hunter2@db:5432/x failed', 'connect postgres://app:[redacted]@db:5432/x failed'],
  [`key sk_${'live'}_0123456789`, 'key [redacted]'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter', '[redacted]\nafter'],
  ['-----BEGIN PRIVATE KEY-----\nMIIE and no end', '[redacted]'],
  // Messages, from which a fingerprint is made.
  ['Basic authentication failed', 'Basic authentication failed'],
  ['basic functionality is broken', 'basic functionality is broken'],
  ['Bearer authentication required', 'Bearer authentication required'],
  ['GET http://host:8080/a@b failed', 'GET http://host:8080/a@b failed'],
]
test('secrets in texts are redacted, and messages about secrets are left alone', () => {
  for (const [text, expected] of TEXTS) assert.equal(cleanText(text), expected)
})

test('a secret that lies across the cut is not half sent', () => {
  const text = `${'x'.repeat(8_180)} Bearer abcdefghijklmnopqrstuvwxyz0123456789${'y'.repeat(10_000)}`
  assert.ok(!cleanText(text).includes('abc'))
  assert.match(cleanText(text), /… \(18224 characters\)$/)
})

test('texts made to keep a pattern busy are read in time', () => {
  const texts = ['eyJ-', 'Bearer ', 'basic a', '://a:', '-----BEGIN ', 'ghp_'].map(part => part.repeat(20_000))
  const start = performance.now()
  for (const text of texts) cleanText(text)
  assert.ok(performance.now() - start < 2_000)
})

test('objects that share parts, or are very wide, very deep or very long, stay within the limits', () => {
  let shared: object = { leaf: true }
  for (let depth = 0; depth < 7; depth++) {
    shared = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, shared]))
  }
  const texts = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 'x'.repeat(8_000)))
  const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i]))
  for (const value of [shared, texts]) {
    const json = JSON.stringify(plain(value))
    assert.ok(json.length < 400_000, String(json.length))
    assert.ok(json.includes('[too much]'))
  }
  const copied = plain(wide) as Record<string, unknown> // an object comes back as one
  assert.deepEqual([Object.keys(copied).length, copied['…']], [101, '9900 more'])
})

test('values that JSON has no word for', () => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  const values = [1n, Number.NaN, Symbol('s'), () => 1, undefined, new Date(0), new Date(Number.NaN), circle]
  assert.deepEqual(plain(values), [
    '1',
    'NaN',
    'Symbol(s)',
    '[function]',
    null,
    '1970-01-01T00:00:00.000Z',
    'Invalid Date',
    { self: '[circular]' },
  ])
  const collections = {
    map: new Map([['token', 1]]),
    set: new Set(['a']),
    bytes: new Uint8Array(3),
    url: new URL('http://u:p@h/'),
  }
  assert.deepEqual(plain(collections), {
    map: { token: '[redacted]' },
    set: ['a'],
    bytes: '[3 bytes]',
    url: 'http://u:[redacted]@h/',
  })
})
