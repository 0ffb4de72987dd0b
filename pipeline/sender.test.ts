import assert from 'node:assert/strict'
import { test } from 'node:test'
import { senderOf } from './sender.ts'

const SAME: readonly (readonly [string, string])[] = [
  ['127.0.0.1', '::ffff:127.0.0.1'],
  ['2001:db8::1', '2001:db8:0:0:ffff::2'],
  ['fe80::1%eth0', 'fe80::2%eth0'],
  ['::1', '::2'],
]
const OTHERS: readonly (readonly [string, string])[] = [
  ['127.0.0.1', '127.0.0.2'],
  ['2001:db8::1', '2001:db8:0:1::1'],
]
test('a sender is its address, or its network where anybody has many; a token makes two of one address', () => {
  for (const [one, other] of SAME) assert.equal(senderOf(one), senderOf(other), one)
  for (const [one, other] of OTHERS) assert.notEqual(senderOf(one), senderOf(other), one)
  assert.notEqual(senderOf('127.0.0.1', 'a'), senderOf('127.0.0.1', 'b'))
  assert.ok(!senderOf('127.0.0.1', 'the-secret').includes('the-secret'))
})
