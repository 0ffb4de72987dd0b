import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fleetMessages } from '../log-template/testing/messages.ts'
import { earlierErrorId, earlierLogId } from './index.ts'

const hex = (id: bigint) => BigInt.asUintN(64, id).toString(16).padStart(16, '0')
const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8')

test('the ids that log lines had are what they were, so that what is stored under them is found', () => {
  assert.equal(hex(earlierLogId('took  17')), 'ba5a24f74539c6e8')
  const ids = fleetMessages(5_000, 3).map(message => hex(earlierLogId(message)))
  assert.equal(createHash('sha256').update(ids.join(' ')).digest('hex').slice(0, 16), '4aeeebb2e6a394a9')
})

test('so are those that errors had', () => {
  const ids = JSON.parse(read('error-ids.json')) as Record<string, string> // Written by the version itself.
  assert.ok(Object.keys(ids).length >= 60)
  for (const [name, id] of Object.entries(ids)) {
    const [stack = ''] = read(`../stack/pairs/${name}`).split(/^=+$/m)
    assert.equal(hex(earlierErrorId({ type: '', message: '', stack })), id, name)
  }
})
