import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createScanner, type ScannerOptions } from './scanner.ts'

const replace = (kind: string) => `[REDACTED:${kind}]`
const scannerWith = (options: Partial<ScannerOptions>) =>
  createScanner({ credentials: true, emailAddresses: false, cardNumbers: false, patterns: [], replace, ...options })
const credentials = scannerWith({})
const everything = scannerWith({ emailAddresses: true, cardNumbers: true })

const CREDENTIALS: readonly (readonly [text: string, expected: string])[] = [
  ['Bearer 0123456789abcdef', 'Bearer [REDACTED:bearer_token]'],
  ['bearer abc+def/ghi~jkl-mno.pqr_1==', 'bearer [REDACTED:bearer_token]'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [REDACTED:password]'],
  ['postgres://app:s3cr3t@db:5432/shop', 'postgres://app:[REDACTED:password]@db:5432/shop'],
  ['smtp://bob@example.com:pw@mail', 'smtp://bob@example.com:[REDACTED:password]@mail'],
  ['redis://:p@ss:word@cache', 'redis://:[REDACTED:password]@cache'],
  ['amqp://u:p@h1:1,amqp://u:q@h2:1', 'amqp://u:[REDACTED:password]@h1:1,amqp://u:[REDACTED:password]@h2:1'],
  ['-----BEGIN PRIVATE KEY-----\nMIIE', '[REDACTED:private_key]'],
  [`x ghp_${'a1'.repeat(18)} y`, 'x [REDACTED:github_token] y'],
  [`token=ghp_${'a1'.repeat(18)}`, 'token=[REDACTED:github_token]'],
  ['pwd=x', 'pwd=[REDACTED:password]'],
]

test('credentials are found with one pass over all formats', () => {
  for (const [text, expected] of CREDENTIALS) assert.equal(credentials(text), expected)
})

const CLEAN = [
  '',
  'GET',
  'GET /api/orders/{id}',
  'https://shop.example.com/api/orders/184467?page=2',
  'https://example.com:443/@user/status:1',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'SELECT id, token_count FROM users WHERE tenant_id = $1 AND key = $2',
  'basic authentication is required; bearer tokens are refused by the authorization server',
  'Error: Unexpected token < in JSON at position 0\n    at JSON.parse (<anonymous>)',
  'postgres://app@db:5432/shop http://[::1]:8080/ http://host:80/a@b',
  'bob@example.com paid with 4111111111111111',
]

test('a clean text comes back as the very same string, however often it is asked for', () => {
  for (const text of CLEAN) for (let i = 0; i < 20; i++) assert.equal(credentials(text), text)
})

test('e-mail addresses and card numbers are left alone unless they are asked for', () => {
  const text = 'bob@example.com paid with 4111111111111111'
  assert.equal(scannerWith({ emailAddresses: true })(text), '[REDACTED:email] paid with 4111111111111111')
  assert.equal(scannerWith({ cardNumbers: true })(text), 'bob@example.com paid with [REDACTED:card_number]')
  assert.equal(scannerWith({ credentials: false })('password=x'), 'password=x')
})

test('own patterns run last, in their order', () => {
  const scan = scannerWith({
    patterns: [
      { kind: 'order', regex: /ORD-\d+/g },
      { kind: 'number', regex: /\d+/g },
    ],
  })
  assert.equal(scan('ORD-12 of 13, password=14'), '[REDACTED:order] of [REDACTED:number], password=[REDACTED:password]')
})

const PIECES = [
  ...CREDENTIALS.map(([text]) => text),
  ...'password secret token Authorization Cookie cookie: --password pwd { } [ ] < > " \' ` \\ \\" = : => %3D %26 & , ;'.split(
    ' ',
  ),
  ...['://', '@', 'u:p@h', 'eyJ', 'sk-', '\n', ' ', '  ', '\\n', 'bob@example.com', '%40', '4111 1111 1111 1111', '12'],
  ...['BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----', '-----', '[REDACTED:', ']', '[REDACTED:token]', 'é', '𝛼'],
]
const pieces = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })), { maxLength: 12 })
const text = pieces.map(parts => parts.join(' '))

test('what was redacted once stays as it is: any text, with and without hashes', () => {
  const hashing = scannerWith({
    emailAddresses: true,
    cardNumbers: true,
    replace: kind => `[REDACTED:${kind}#0123456789ab]`,
  })
  for (const scan of [everything, hashing]) {
    fc.assert(
      fc.property(text, text => assert.equal(scan(scan(text)), scan(text))),
      { numRuns: 2_000 },
    )
  }
})

test('a name before a pair that was redacted does not take the pair for its value', () => {
  const once = 'password : pwd=[REDACTED:password]'
  assert.equal(everything('password : pwd=x'), once)
  assert.equal(everything(once), once)
  assert.equal(everything('password : abc= then'), 'password : [REDACTED:password] then')
})

test('what stands out only once its neighbour is replaced is replaced with it', () => {
  const text = 'Cookie = -----END PRIVATE KEY----- BEGIN PRIVATE KEY-----'
  assert.equal(everything(text), 'Cookie = [REDACTED:cookie] PRIVATE KEY[REDACTED:private_key]')
})

test('a sentence keeps the mark behind what was redacted', () => {
  const once = '--password [REDACTED:password].'
  assert.equal(everything('--password {)))0A.'), once)
  assert.equal(everything(once), once)
})

test('a credential is found in any surroundings that do not continue it', () => {
  const token = `ghp_${'a1B2'.repeat(9)}`
  const surroundings = fc.array(fc.constantFrom(' ', '"', '\n', ',', '日', 'é', '{', '\\n', '(', 'x '), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(surroundings, surroundings, (before, after) => {
      assert.equal(everything(`${before.join('')}${token} ${after.join('')}`).includes(token), false)
    }),
  )
})

/**
 * A search that were quadratic would need hours for these; a linear one needs milliseconds, so the limit can be far
 * above what a busy machine takes.
 */
const MEGABYTE = 1_000_000
const LIMIT_MS = 5_000
const ADVERSARIAL = [
  ...['a', ' ', '-', '\\', '"', '=', '@', '.', '1', 'A', '_', '\n', '日'],
  ...['eyJ', 'eyJ-', '%41eyJaaaaaaaaaaaa', 'sk-', ' sk-a', 'ghp_', 'AKIA', 'xoxb-', 'SG.a', 'glpat-a', '1//0', ':AA'],
  ...['://a:', '://a:b', '://:@', 'Bearer ', 'bearer a', 'Basic ', 'basic YTpi'],
  ...[
    'password=',
    'password="',
    'password=\\"',
    'token:',
    'token: "',
    'pwd:/',
    'pwd=/',
    'cookie:',
    'cookie: a',
    'sig=',
  ],
  ...['authorization:', 'authorization: a ', '<password>', '<password>a', 'password%3D', '--password ', "password '"],
  ...["password '''", 'token:["', 'token=["a",', 'key', 'token\\', 'a.', 'a-b_c.'],
  ...['-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----', 'a-----END PRIVATE KEY-----', '-----BEGIN '],
  ...['a@', '@a', 'a@b.', 'a@b.c', '%40', 'a.b@', '1 ', '1-', '4111 ', '4111 1111 ', '411111111111111'],
]

for (const piece of ADVERSARIAL) {
  test(`a megabyte of ${JSON.stringify(piece)} is scanned in linear time`, () => {
    // With a hint of everything, so that each search looks at all of it.
    const text = `token=x@y:// PRIVATE KEY ghp_ bearer ${piece.repeat(Math.ceil(MEGABYTE / piece.length))}`
    const start = performance.now()
    everything(text)
    assert.ok(performance.now() - start < LIMIT_MS)
  })
}

test('no secret is too long for the stack of a regular expression', () => {
  const long = 'a1'.repeat(10_000_000)
  for (const [before, after] of [
    ['password="', ''],
    ['password=', ''],
    ["ALTER ROLE app PASSWORD '", "'"],
    ['Bearer ', ''],
    ['postgres://app:', '@db'],
    ['eyJhbGciOiJIUzI1NiJ9.', ''],
    ['ghp_', ''],
    ['access_token%3D', '%26'],
    ['-----BEGIN PRIVATE KEY-----', ''],
  ]) {
    assert.ok(credentials(`${before}${long}${after}`).length < 100, before)
  }
})

test('a text on which an own pattern gives up is replaced whole', () => {
  const scan = scannerWith({ patterns: [{ kind: 'own', regex: /(?:a|b){3,}c/g }] })
  assert.equal(scan(`ab${'ab'.repeat(10_000_000)}`), '[REDACTED:own]')
  assert.equal(scan('xababcx'), 'x[REDACTED:own]x')
})
