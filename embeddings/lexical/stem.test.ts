import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stem } from './stem.ts'

const families = [
  'connect connects connected connecting connection connections',
  'retry retries retried retrying',
  'refuse refused refuses refusing',
  'drop dropped drops dropping',
  'deny denied denies denying',
  'expire expired expires expiring',
  'allocate allocated allocation allocating allocations',
  'payment payments',
  'timeout timeouts',
  'fail failed fails failing',
  'restart restarted restarting',
]
for (const family of families) {
  test(`one stem: ${family}`, () => {
    assert.deepEqual([...new Set(family.split(' ').map(stem))].length, 1, family.split(' ').map(stem).join(' '))
  })
}

const apart = ['connection context', 'user us', 'process progress', 'status state', 'access accept', 'port pod']
for (const pair of apart) {
  test(`two stems: ${pair}`, () => {
    assert.equal(new Set(pair.split(' ').map(stem)).size, 2)
  })
}

test('short words, numbers and names with digits stay as they are', () => {
  for (const word of ['tls', 'dns', 'is', '503', 'p99', 'x509', 'utf8s']) assert.equal(stem(word), word)
})
