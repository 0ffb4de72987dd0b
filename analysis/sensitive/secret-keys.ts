/** What a name says about its value. Each is the `kind` in `[REDACTED:kind]`. */
export type SecretKind =
  | 'password'
  | 'secret'
  | 'token'
  | 'api_key'
  | 'authorization'
  | 'cookie'
  | 'one_time_code'
  | 'card_code'

/** Longer names are cut at the front: what a name holds is said at its end. */
const MAX_NAME_LENGTH = 128

/** What follows the thing itself and does not change what it is: `password2`, `token_value`, `new_password_confirm`. */
const QUALIFIERS = new Set(
  (
    'value raw text plain plaintext string old new current confirm confirmation repeat again hash hashed digest ' +
    'encrypted encoded base64 b64 sha256 md5 pem header base data'
  ).split(' '),
)

/** `x_pass` holds a password for these x; elsewhere "pass" is the opposite of "fail". */
const PASS_OWNERS = new Set(
  'db database user admin root smtp mail email ftp ssh ldap mysql postgres pg redis mongo mongodb rabbitmq proxy become sudo keystore truststore login account service app'.split(
    ' ',
  ),
)

/** `x_key` is a secret for these x, and an ordinary name for the others: primary, partition, cache, message, public. */
const KEY_OWNERS = new Set(
  (
    'api access secret private encryption decryption encrypt signing signature master shared account auth ' +
    'authentication authorization service ssh rsa aes hmac webhook subscription deploy storage token session cipher ' +
    'crypto app application admin root functions license preshared base enc jwt cookie fernet vapid pgp gpg'
  ).split(' '),
)

/** `x_token` is a position in a list or a piece of a text for these x, not a credential. */
const PLAIN_TOKENS = new Set(
  (
    'next page pagination continuation continue cursor resume sync cancellation cancel max min per total unexpected ' +
    'stop eos bos pad special lock fencing parse lexer first last count nextpage'
  ).split(' '),
)

/** `x_code` lets its bearer in for these x. */
const CODE_OWNERS = new Set(
  'otp totp mfa sms verification auth authorization authentication recovery backup fa tfa time factor security login'.split(
    ' ',
  ),
)

const WHOLE_WORDS: Readonly<Record<string, SecretKind>> = {
  pwd: 'password',
  credential: 'secret',
  credentials: 'secret',
  creds: 'secret',
  mnemonic: 'secret',
  jwt: 'token',
  bearer: 'token',
  authorization: 'authorization',
  cookie: 'cookie',
  cookies: 'cookie',
  setcookie: 'cookie',
  phpsessid: 'cookie',
  jsessionid: 'cookie',
  otp: 'one_time_code',
  totp: 'one_time_code',
  passcode: 'one_time_code',
  psk: 'secret',
  cvv: 'card_code',
  cvc: 'card_code',
}

const ENDINGS: readonly (readonly [RegExp, SecretKind])[] = [
  [/(?:password|passwd|passphrase)s?$/, 'password'],
  [/^(?:db|user|my|mysql|smtp|admin)(?:pass|pwd)$/, 'password'],
  [/secret$/, 'secret'],
  [/token$/, 'token'],
  [/^(?:api|access|secret|private|encryption|master|account|signing|auth|app|ssh|preshared|shared)key$/, 'api_key'],
]

/**
 * What a value under `name` is, by the name alone; `undefined` for an ordinary name. Names are read as words, in
 * snake_case, kebab-case, camelCase or dotted, and only the last words count: `http.request.header.x-api-key`,
 * `dbPassword` and `token` hold secrets; `password_reset_url`, `token_count`, `max_tokens`, `api_key_id`, `session.id`
 * and `cache.key` say something about them, or are something else.
 */
export function secretKind(name: string): SecretKind | undefined {
  const words = wordsOf(name)
  while (words.length > 1 && QUALIFIERS.has(words.at(-1)!)) words.pop()
  const last = words.at(-1)
  if (last === undefined) return undefined
  const owner = words.at(-2) ?? ''
  if (last === 'token') return PLAIN_TOKENS.has(owner) ? undefined : 'token'
  if (last === 'key') return KEY_OWNERS.has(owner) ? 'api_key' : undefined
  if (last === 'code') return CODE_OWNERS.has(owner) ? 'one_time_code' : undefined
  if (last === 'pass') return PASS_OWNERS.has(owner) ? 'password' : undefined
  if (last === 'verifier') return owner === 'code' ? 'token' : undefined
  if (last === 'assertion') return owner === 'client' ? 'token' : undefined
  if (last === 'response') return owner === 'saml' ? 'token' : undefined
  if (last === 'credential' && owner === 'amz') return undefined
  if (last === 'team') return owner === 'honeycomb' ? 'api_key' : undefined
  if (last === 'phrase') return owner === 'seed' || owner === 'recovery' || owner === 'pass' ? 'secret' : undefined
  if (Object.hasOwn(WHOLE_WORDS, last)) return WHOLE_WORDS[last]
  return ENDINGS.find(([ending]) => ending.test(last))?.[1]
}

/** Lower-case words; their trailing digits, and words of digits only, are left out: `password2`, `token.0`. */
function wordsOf(name: string): string[] {
  const parts = name.slice(-MAX_NAME_LENGTH).match(/[A-Z]+(?![a-z])\d*|[A-Za-z][a-z]*\d*/g) ?? []
  return parts.map(part => {
    const word = part.toLowerCase()
    return QUALIFIERS.has(word) ? word : word.replace(/\d+$/, '')
  })
}
