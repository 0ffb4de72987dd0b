import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { applyGroupRules, compareGroups, type GroupRule } from './grouping-rules.ts'

/** Fingerprints 1 to 6, in the groups 100 (1, 2, 3), 200 (4, 5) and 6. */
const AUTOMATIC = new Map([
  [1n, 100n],
  [2n, 100n],
  [3n, 100n],
  [4n, 200n],
  [5n, 200n],
  [6n, 6n],
])

/** The groups as lists of their members, so that ids do not matter. */
function partition(rules: readonly GroupRule[], automatic: ReadonlyMap<bigint, bigint> = AUTOMATIC): string[] {
  const groups = new Map<bigint, bigint[]>()
  for (const { fingerprint, group } of applyGroupRules(automatic, rules)) {
    groups.set(group, [...(groups.get(group) ?? []), fingerprint].sort())
  }
  return [...groups.values()].map(members => members.join(' ')).sort()
}

const merge = (id: number, ...fingerprints: bigint[]): GroupRule => ({ id, kind: 'merge', fingerprints })
const split = (id: number, ...fingerprints: bigint[]): GroupRule => ({ id, kind: 'split', fingerprints })

const CASES: readonly [string, readonly GroupRule[], readonly string[]][] = [
  ['no rule', [], ['1 2 3', '4 5', '6']],
  ['a merge takes whole groups', [merge(1, 1n, 4n)], ['1 2 3 4 5', '6']],
  ['merges chain', [merge(1, 1n, 4n), merge(2, 5n, 6n)], ['1 2 3 4 5 6']],
  ['a merge of what is one changes nothing', [merge(1, 1n, 2n)], ['1 2 3', '4 5', '6']],
  ['a split takes only what it names', [split(1, 2n, 3n)], ['1', '2 3', '4 5', '6']],
  ['a split out of a merge', [merge(1, 1n, 4n), split(2, 1n)], ['1', '2 3 4 5', '6']],
  ['what was split can be merged elsewhere', [split(1, 1n), merge(2, 1n, 6n)], ['1 6', '2 3', '4 5']],
  ['the later rule wins', [split(1, 1n), split(2, 1n, 2n)], ['1 2', '3', '4 5', '6']],
  ['the order is that of the ids', [split(2, 1n), merge(1, 1n, 4n)], ['1', '2 3 4 5', '6']],
  ['what is not stored is passed over', [merge(1, 99n, 1n, 6n), split(2, 98n)], ['1 2 3 6', '4 5']],
]
for (const [name, rules, groups] of CASES) {
  test(name, () => assert.deepEqual(partition(rules), groups))
}

const anyRules = fc
  .array(
    fc.record({
      kind: fc.constantFrom('merge' as const, 'split' as const),
      fingerprints: fc.uniqueArray(fc.bigInt({ min: 1n, max: 8n }), { minLength: 1, maxLength: 4 }),
    }),
    { maxLength: 6 },
  )
  .map(rules => rules.map((rule, id) => ({ id, ...rule })))

test('the order in which fingerprints came in does not matter, and each is in one group', () => {
  fc.assert(
    fc.property(anyRules, fc.shuffledSubarray([...AUTOMATIC], { minLength: 6 }), (rules, shuffled) => {
      assert.deepEqual(partition(rules, new Map(shuffled)), partition(rules))
      assert.equal(applyGroupRules(AUTOMATIC, rules).length, AUTOMATIC.size)
    }),
  )
})

test('without its rules everything is as the grouping says', () => {
  for (const { automatic, group } of applyGroupRules(AUTOMATIC, [])) assert.equal(group, automatic)
})

test('a comparison names what came, what went and what changed, and nothing that stayed', () => {
  const after = new Map([...AUTOMATIC, [2n, 7n], [4n, 6n], [5n, 6n]] as const)
  assert.deepEqual(compareGroups(AUTOMATIC, AUTOMATIC), [])
  assert.deepEqual(compareGroups(AUTOMATIC, after), [
    { group: 6n, change: 'grown', before: [6n], after: [4n, 5n, 6n] },
    { group: 100n, change: 'shrunk', before: [1n, 2n, 3n], after: [1n, 3n] },
    { group: 200n, change: 'lost', before: [4n, 5n], after: [] },
    { group: 7n, change: 'gained', before: [], after: [2n] },
  ])
})
