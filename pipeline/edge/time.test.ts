import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edgeTime } from './time.ts'

const HOUR_MS = 3_600_000
const ahead = (ms: number) => new Date(Date.now() + ms).toISOString()
const TAKEN = ['1990-01-01T00:00:00Z', '2026-11-20T10:00:00.250+05:30', ahead(0), ahead(23 * HOUR_MS)]
const REFUSED: readonly (readonly [unknown, RegExp])[] = [
  ['0001-01-01T00:00:00Z', /^send a time from 1990/],
  ['1970-01-01T00:29:55Z', /^send a time from 1990/],
  [ahead(25 * HOUR_MS), /until 24 hours after this server’s clock$/],
  ['2262-04-12T00:00:00Z', /until 24 hours after this server’s clock$/],
  ['9999-12-31T23:59:59Z', /until 24 hours after this server’s clock$/],
  ['yesterday', /^send a time with its zone/],
  ['2026-11-20 10:00:00', /^send a time with its zone/],
  [1_700_000_000, /^send a time with its zone/],
]
test('a time is taken from 1990 until a day from now, and refused with what to send', () => {
  for (const text of TAKEN) assert.ok(edgeTime.safeParse(text).success, text)
  for (const [text, message] of REFUSED) {
    const { issues } = edgeTime.safeParse(text).error!
    assert.equal(issues.length, 1)
    assert.match(issues[0]!.message, message)
  }
})
