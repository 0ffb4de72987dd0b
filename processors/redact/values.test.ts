import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createScanner } from '../../analysis/sensitive/scanner.ts'
import type { AttributeValue } from '../../pipeline/model/index.ts'
import { createValueRedactor } from './values.ts'

const replace = (kind: string) => `[REDACTED:${kind}]`
const newRedactor = () =>
  createValueRedactor({
    scan: createScanner({ credentials: true, emailAddresses: true, cardNumbers: true, patterns: [], replace }),
    replace,
    credentials: true,
    cardNumbers: true,
    secretKeys: new Set(['patient.name']),
    safeKeys: new Set(['session.token']),
  })

const keys = fc.constantFrom('http.route', 'password', 'patient.name', 'session.token', 'n', 'AKIAIOSFODNN7EXAMPLE')
const scalar: fc.Arbitrary<AttributeValue> = fc.constantFrom<AttributeValue[]>(
  '/cart',
  'password=hunter2secret',
  'ghp_0123456789abcdefghijABCDEFGHIJ012345',
  'someone@example.com',
  4_111_111_111_111_111n,
  7n,
  null,
  true,
)
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.tuple(keys, scalar), { maxLength: 3 }).map(pairs => new Map(pairs)),
)
const record = fc.array(fc.tuple(keys, value), { maxLength: 6 }).map(pairs => new Map<string, AttributeValue>(pairs))

test('what is replaced in a record does not depend on the records before it', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 12 }), records => {
      const redactor = newRedactor()
      for (const attributes of records)
        assert.deepEqual(redactor.attributes(attributes), newRedactor().attributes(attributes))
    }),
    { numRuns: 500 },
  )
})
