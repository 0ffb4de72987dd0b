import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replaceInCommands } from './command-lines.ts'

/** `§` marks the secrets. */
const COMMANDS = [
  'mysql -u root -p§Tr0ub4dor§ shop',
  "/usr/bin/mysqldump '-p§two words§' x && mysql -p§second§",
  'curl -sS -u ann:§tulip§ https://x; curl -u "a:§b c§" y',
  'docker login -u ci -p §abc§ registry.example',
  'openssl rsa -passin pass:§hush§ -in k',
]
const HARMLESS = [
  'mysql -u root -p shop',
  'docker run -p 80:80 -u 1000:1000 x',
  'ssh -p 22 host && mkdir -p /a',
  'curl -u "$USER:$PASS" x',
  'redis-cli -p 6379 ping | grep -a x',
  'docker run -p 80:80 mysql',
]

test('the secrets of programs whose flags say nothing by themselves are replaced, and other flags stay', () => {
  for (const marked of COMMANDS) {
    const parts = marked.split('§')
    const expected = parts.map((part, i) => (i % 2 === 0 ? part : '*')).join('')
    assert.equal(
      replaceInCommands(parts.join(''), () => '*'),
      expected,
    )
  }
  for (const text of HARMLESS)
    assert.equal(
      replaceInCommands(text, () => '*'),
      text,
    )
})
