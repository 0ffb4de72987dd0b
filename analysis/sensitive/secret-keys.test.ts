import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SecretKind, secretKind } from './secret-keys.ts'

const SECRET: Record<SecretKind, string[]> = {
  password: [
    'password',
    'Password',
    'db.password',
    'user_password',
    'userPassword',
    'PGPASSWORD',
    'MYSQL_PWD',
    'dbpass',
    'DB_PASS',
    'smtp-pass',
    'passwd',
    'ssh_passphrase',
    'password2',
    'password.0',
    'new_password_confirmation',
    'password_hash',
    'password_sha256',
    'app.config.0.password',
  ],
  secret: ['secret', 'client_secret', 'clientSecret', 'aws.secret', 'credentials', 'AWS_CREDENTIAL', 'seedPhrase'],
  token: [
    'token',
    'access_token',
    'accessToken',
    'X-Auth-Token',
    'idToken',
    'csrftoken',
    'http.request.header.x-csrf-token',
    'GITHUB_TOKEN',
    'AWSSessionToken',
    'token_value',
    'jwt',
  ],
  api_key: [
    'api_key',
    'apikey',
    'apiKey',
    'APIKey',
    'X-API-Key',
    'http.request.header.x_api_key',
    'aws_secret_access_key',
    'private_key',
    'privateKeyPem',
    'SharedAccessKey',
    'AccountKey',
    'APP_KEY',
  ],
  authorization: ['authorization', 'Authorization', 'http.request.header.authorization', 'Proxy-Authorization'],
  cookie: ['cookie', 'Set-Cookie', 'http.response.header.set-cookie', 'cookies', 'JSESSIONID'],
  one_time_code: ['otp', 'passcode', 'otp_code', 'verificationCode', '2fa_code', 'auth.code'],
  card_code: ['cvv', 'card.cvc', 'CVV2'],
}

test('a name whose last words name a secret says which kind', () => {
  for (const [kind, names] of Object.entries(SECRET)) {
    for (const name of names) assert.equal(secretKind(name), kind, name)
  }
})

const ORDINARY = [
  ...['', '0', '日本語', 'constructor', '__proto__'],
  ...['password_reset_url', 'password.length', 'passwordPolicy', 'password_changed_at', 'pass', 'bypass', 'compass'],
  ...['token_count', 'max_tokens', 'tokens', 'gen_ai.usage.input_tokens', 'gen_ai.token.type', 'tokenizer'],
  ...['next_token', 'nextPageToken', 'continuation-token', 'cancellation_token', 'token_url', 'token.expires_in'],
  ...['secret_name', 'k8s.secret.uid', 'secretary', 'secrets_count', 'authorization_endpoint', 'authorized', 'author'],
  ...['key', 'primary_key', 'cache.key', 'messaging.kafka.message.key', 'public_key', 'api_key_id', 'keyboard'],
  ...['cookie_consent', 'cookie.domain', 'session.id', 'session_id', 'code', 'http.status_code', 'country_code'],
  ...['http.request.method', 'url.full', 'db.query.text', 'exception.message', 'service.name', 'thread.id'],
  ...['error.code', 'authentication', 'auth.method', 'otpauth_enabled', 'user.id', 'phrase'],
]

test('a name that only speaks about a secret, or of another thing, is ordinary', () => {
  for (const name of ORDINARY) assert.equal(secretKind(name), undefined, name)
})

test('a very long name is judged by its end', () => {
  assert.equal(secretKind(`${'x.'.repeat(500_000)}password`), 'password')
  assert.equal(secretKind(`password${'.x'.repeat(500_000)}`), undefined)
})
