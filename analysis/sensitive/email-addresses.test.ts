import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replaceEmailAddresses } from './email-addresses.ts'

const mark = () => '[EMAIL]'

const FOUND: readonly (readonly [text: string, expected: string])[] = [
  ['bob@example.com', '[EMAIL]'],
  ['to: Bob Jones <bob.jones+x@mail.example.co.uk>, ok', 'to: Bob Jones <[EMAIL]>, ok'],
  ['a@b.io,c@d.io;e@f.io', '[EMAIL],[EMAIL];[EMAIL]'],
  ['Ask bob@example.com.', 'Ask [EMAIL].'],
  ["user 'bob@example.com' unknown", "user '[EMAIL]' unknown"],
  ['mailto:bob@example.com?subject=x', 'mailto:[EMAIL]?subject=x'],
  ['/users?email=bob%40example.com&x=1', '/users?email=[EMAIL]&x=1'],
  ['bøb@exämple.com', '[EMAIL]'],
  ['用户@例子.公司', '[EMAIL]'],
  ['bob@xn--bcher-kva.example', '[EMAIL]'],
  ['bob@example.com: bounced', '[EMAIL]: bounced'],
]

test('addresses are replaced, without the punctuation around them', () => {
  for (const [text, expected] of FOUND) assert.equal(replaceEmailAddresses(text, mark), expected)
})

const CLEAN = [
  'git@github.com:acme/shop.git',
  'npm i lodash@4.17.21 @types/node@24.0.0',
  '/app/node_modules/.pnpm/express@4.18.2/node_modules/express/lib/router.js',
  'logo@2x.png',
  'root@localhost',
  '@decorator @media (x) a @ b.com',
  '50%40 bob@ @example.com bob@.com bob@example.',
]

test('versions, files, git remotes and hosts without a domain stay', () => {
  for (const text of CLEAN) assert.equal(replaceEmailAddresses(text, mark), text)
})
