import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFingerprinter } from './fingerprint.ts'
import { createGrouper } from './grouping.ts'
import { randomFrom } from './testing/messages.ts'

const TOKENS = 1_000_000
const ALPHABETS = {
  'base 36': ['0123456789abcdefghijklmnopqrstuvwxyz', 10],
  letters: ['abcdefghijklmnopqrstuvwxyz', 10],
  'base 62': ['0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', 16],
  'short letters': ['abcdefghijklmnopqrstuvwxyz', 6],
} as const
/** The token in every place: first, last, in the middle, behind a key, a prefix, in quotes, in a path, twice. */
const STATEMENTS: readonly ((token: string) => string)[] = [
  token => `${token} was shipped to the customer by the carrier`,
  token => `the order ${token} was shipped to the customer`,
  token => `what was shipped to the customer is ${token}`,
  token => `session=${token} was opened for the customer`,
  token => `the order ord_${token} was paid by the customer`,
  token => `the report "${token}" is on its way to the customer`,
  token => `wrote /var/data/${token}/part for the customer`,
  token => `moved ${token} over to ${[...token].reverse().join('')} for the customer`,
  token => `{"msg":"cannot reach ${token} of the customer","took":17}`,
]

for (const [name, [letters, length]] of Object.entries(ALPHABETS)) {
  test(`of a million random tokens, those of ${name} in every place: ids, groups and memory have an end`, () => {
    const random = randomFrom(5)
    const token = () => Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('')
    const before = heapMegabytes()
    const fingerprint = createFingerprinter()
    const grouper = createGrouper()
    const groups = STATEMENTS.map(() => new Set<bigint>())
    const ids = new Set<bigint>()
    const perStatement = Math.ceil(TOKENS / STATEMENTS.length / Object.keys(ALPHABETS).length)
    for (let round = 0; round < perStatement; round++) {
      for (const [index, statement] of STATEMENTS.entries()) {
        const { id, template } = fingerprint(statement(token()))
        if (name !== 'short letters') ids.add(id)
        grouper.add(id, template)
        // What comes late: by now everything that can be proved is.
        if (round >= perStatement - 200) groups[index]!.add(grouper.groupOf(id) ?? grouper.groupFor(template))
      }
    }
    for (const [index, found] of groups.entries())
      assert.ok(found.size <= 4, `${found.size} groups of ${STATEMENTS[index]!('…')}`)
    assert.ok(ids.size < perStatement * STATEMENTS.length * 0.05, `${ids.size} ids`)
    assert.ok(heapMegabytes() - before < 200, `${heapMegabytes() - before} MB`)
  })
}

function heapMegabytes(): number {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().heapUsed / 1e6)
}
