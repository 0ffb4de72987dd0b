import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { groupingAccuracy } from './accuracy.ts'

describe('grouping accuracy', () => {
  const cases: Record<string, [labels: string, predicted: string, ga: number, fga: number]> = {
    'is 1 for the same groups under other names': ['aabbc', 'xxyyz', 1, 1],
    'takes off every message of a group that was split': ['aaab', 'xxyz', 1 / 4, 2 / 5],
    'takes off every message of groups that were merged': ['aabbc', 'xxxxy', 1 / 5, 2 / 5],
    'takes off both groups where one message went astray': ['aabb', 'xxxy', 0, 0],
  }
  for (const [name, [labels, predicted, ga, fga]] of Object.entries(cases)) {
    it(name, () => {
      const accuracy = groupingAccuracy([...labels], [...predicted])
      assert.equal(accuracy.ga, ga)
      assert.equal(accuracy.fga, fga)
    })
  }
})
