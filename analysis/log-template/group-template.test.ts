import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { groupTemplate } from './group-template.ts'

describe("a group's template", () => {
  const cases: Record<string, [members: string[], template: string]> = {
    'of one member is that': [['took <duration>, ok'], 'took <duration>, ok'],
    'shows where words differ': [['user (bob) left', 'user (eve) left', 'user (amy) left'], 'user (<*>) left'],
    'shows where variables differ in kind': [['from <ip>:<num>', 'from <host>:<num>'], 'from <*>'],
    'is of the commonest length': [['ids <num>', 'ids <num>, <hex>', 'ids <hex>, <hex>'], 'ids <*>, <hex>'],
    'is empty for nobody': [[], ''],
  }
  for (const [name, [members, template]] of Object.entries(cases)) {
    it(name, () => {
      assert.equal(groupTemplate(members), template)
      assert.equal(groupTemplate(members.toReversed()), template)
    })
  }
})
