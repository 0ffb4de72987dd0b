import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PAIR_HINTS, replacePairs } from './key-value.ts'
import { secretKind } from './secret-keys.ts'

const mark = (kind: string) => `[REDACTED:${kind}]`

/** `§` marks the secret; the last column is its kind. */
const FOUND: readonly (readonly [text: string, kind: string])[] = [
  // As programs print them
  ['login failed, password=§hunter2§ user=bob', 'password'],
  ['User(name=bob, password=§hunter2§)', 'password'],
  ['{Name:bob Password:§hunter2§ Age:3}', 'password'],
  ['{"user":"bob","password":"§hun\\"ter 2§","n":1}', 'password'],
  ['{"password" : "§never closed', 'password'],
  ['{\\"password\\":\\"§hunter2§\\",\\"n\\":1}', 'password'],
  ["{'api_key': '§abc§'}", 'api_key'],
  ['{"apiKey"=>"§abc§"}', 'api_key'],
  ['clientSecret := `§abc§`', 'secret'],
  ['password: §hunter2§ # in YAML', 'password'],
  ['first\\ntoken=§abc§\\nlast', 'token'],
  ['first\\napi_key=§abc§\\tlast', 'api_key'],
  ['<wsse:Password>§hunter2§</wsse:Password>', 'password'],
  ['token: §abcd1234efgh§ was refused', 'token'],
  // Connection strings, environments, command lines
  ['Server=db;Uid=app;Pwd=§hunter2§;Port=1', 'password'],
  ['AccountName=x;AccountKey=§abc/def+ghi==§;Suffix=y', 'api_key'],
  ['export AWS_SECRET_ACCESS_KEY=§abc/def+ghi§', 'api_key'],
  ['PGPASSWORD=§hunter2§ psql', 'password'],
  ['mysql --user root --password §hunter2§ --host db', 'password'],
  ['app -api-key=§abc§', 'api_key'],
  ["UPDATE users SET password = '§hunter2§' WHERE id = $1", 'password'],
  // URLs and headers
  ['GET /cb?state=1&access_token=§abc§&n=2', 'token'],
  ['redirect=https%3A%2F%2Fa%3Faccess_token%3D§abc§%26x%3D1', 'token'],
  ['https://b.example/o?X-Amz-Date=1&X-Amz-Signature=§0123456789abcdef§&a=b', 'signature'],
  ['https://b.example/o?sv=1&sig=§abc%2Bdef1§', 'signature'],
  ['Authorization: §Token 0123456789§\r\nHost: x', 'authorization'],
  ['curl -H "Authorization: §ApiKey abc§" x', 'authorization'],
  ['Cookie: §sid=abc; theme=dark§\nHost: x', 'cookie'],
  ['{"set-cookie":["§sid=abc; Path=/§"]}', 'cookie'],
  ['X-Api-Key: §0123456789§', 'api_key'],
]

test('the value is replaced, and only the value, however the pair is written', () => {
  for (const [marked, kind] of FOUND) {
    const [before, secret, after = ''] = marked.split('§')
    assert.equal(replacePairs(`${before}${secret}${after}`, mark), `${before}${mark(kind)}${after}`)
  }
})

test('all values in one text are found', () => {
  assert.equal(
    replacePairs('{"cookies":["a=b","c=d"],"pin":1,"otp":123456,"token":"x","n":{"password":"y"}}', mark),
    '{"cookies":["[REDACTED:cookie]","[REDACTED:cookie]"],"pin":1,"otp":"[REDACTED:one_time_code]",' +
      '"token":"[REDACTED:token]","n":{"password":"[REDACTED:password]"}}',
  )
})

const CLEAN = [
  'max_tokens=4096 token_count: 12 tokens=5 "token": 17',
  'unexpected token: expected } at 3',
  'token: expired; api_key: missing',
  'authorization: denied for user bob',
  'cookie: expired',
  'duplicate entry for key: users.email and key = 5',
  'password: ',
  'password: null, password=None, "password": true, secret: ***, token=<token>, password=%s',
  'WHERE password = $1 AND token = ? AND secret = :secret AND password = @p1',
  'password: [REDACTED:password] token="[REDACTED:jwt]" api_key=[REDACTED:api_key#0123456789ab]',
  'Authorization: Bearer [REDACTED:jwt]',
  'PWD=/home/app OLDPWD=/ pwd: C:\\app',
  'password_reset_url=https://example.com/reset next_token=abc',
  'if (password > 3) -token- <password/> <password>',
  "key 'abc' token 'abc' code=200 status_code: 404",
  'design: x, signal=SIGTERM, sig=9',
]

test('counts, words, placeholders and earlier redactions stay', () => {
  for (const text of CLEAN) assert.equal(replacePairs(text, mark), text)
})

test('every name that tells a secret holds one of the hints', () => {
  const words = 'db api access secret private user otp auth seed session client set x'.split(' ')
  const ends = 'password passwd passphrase pwd pass secret credential creds mnemonic jwt bearer authorization cookie '
    .concat('phpsessid jsessionid otp totp passcode cvv cvc token key code phrase')
    .split(' ')
  const names = words.flatMap(word => ends.map(end => `${word}_${end}`)).filter(name => secretKind(name) !== undefined)
  assert.ok(names.length > 200)
  for (const name of names) {
    assert.ok(
      PAIR_HINTS.some(hint => name.includes(hint)),
      name,
    )
  }
})
