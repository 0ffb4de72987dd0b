import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replacePrivateKeys } from './private-keys.ts'

const mark = () => '[KEY]'
const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj'
const body = `${line}\n${line}\nabc=\n`
const pem = (label: string) => `-----BEGIN ${label}-----\n${body}-----END ${label}-----`

const CASES: readonly (readonly [what: string, text: string, expected: string])[] = [
  ['a PKCS#8 key', `a ${pem('PRIVATE KEY')} b`, 'a [KEY] b'],
  ['an RSA key', pem('RSA PRIVATE KEY'), '[KEY]'],
  ['an encrypted key', pem('ENCRYPTED PRIVATE KEY'), '[KEY]'],
  ['an OpenSSH key', pem('OPENSSH PRIVATE KEY'), '[KEY]'],
  ['a PGP key', pem('PGP PRIVATE KEY BLOCK'), '[KEY]'],
  ['an SSH2 key', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nabc\n---- END SSH2 ENCRYPTED PRIVATE KEY ----', '[KEY]'],
  ['a key in JSON', `{"key":"${pem('PRIVATE KEY').replaceAll('\n', '\\n')}","n":1}`, '{"key":"[KEY]","n":1}'],
  ['two keys', `${pem('PRIVATE KEY')} and ${pem('EC PRIVATE KEY')}`, '[KEY] and [KEY]'],
  ['a key without its end', `{"key":"-----BEGIN PRIVATE KEY-----\\n${line}\\nMII"}`, '{"key":"[KEY]"}'],
  ['a key cut within its first line', `x -----BEGIN RSA PRIVATE KEY`, 'x [KEY]'],
  ['a key without its beginning', `id "${body}-----END PRIVATE KEY-----" rest`, 'id "[KEY]" rest'],
  ['a cut key before a whole one', `-----BEGIN PRIVATE KEY-----\n${line}"; ${pem('PRIVATE KEY')}.`, '[KEY]"; [KEY].'],
  [
    'two cut keys, one right behind the other',
    `-----BEGIN PRIVATE KEY-----\n${line}-----BEGIN PRIVATE KEY-----\n${line}`,
    '[KEY][KEY]',
  ],
  ['a public key', pem('PUBLIC KEY'), pem('PUBLIC KEY')],
  ['a certificate', pem('CERTIFICATE'), pem('CERTIFICATE')],
  ['a bare end line', 'no -----END PRIVATE KEY----- found', 'no -----END PRIVATE KEY----- found'],
]

for (const [what, text, expected] of CASES) {
  test(what, () => assert.equal(replacePrivateKeys(text, mark), expected))
}
