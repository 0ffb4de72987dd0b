import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../clock.ts'
import { createRandom } from '../random.ts'
import { createPlan, type Plan } from './plan.ts'
import { SCENARIOS } from './scenarios.ts'

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed)

function plan(seed: number, minutes: number): Plan {
  return createPlan(seed, minutes * MINUTE, createRandom(`plan/${seed}/${minutes}`))
}

for (const minutes of [2, 30, 1440]) {
  test(`in ${minutes} minutes every seed has a calm, a deploy, a slow time, a burst and an end, in this order`, () => {
    for (const seed of SEEDS) {
      const { culprit, burstStart, burstEnd, rollback } = plan(seed, minutes)
      const times = [0.4 * minutes * MINUTE, culprit!.at, burstStart, burstEnd, minutes * MINUTE]
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
        `seed ${seed}`,
      )
      assert.equal(new Set(times).size, times.length, `seed ${seed}`)
      if (rollback !== undefined) assert.equal(rollback.at, burstEnd)
    }
  })

  test(`in ${minutes} minutes the culprit is one of several deploys, and not the first or last`, () => {
    for (const seed of SEEDS) {
      const { culprit, deploys, scenario, rollback } = plan(seed, minutes)
      const times = deploys.map(deploy => deploy.at)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
        `seed ${seed}`,
      )
      const rollouts = deploys.filter(deploy => deploy !== rollback)
      assert.equal(rollouts.indexOf(culprit!), 2, `seed ${seed}`)
      assert.equal(rollouts.length, 5)
      assert.ok(rollouts.some(deploy => deploy.release.service === scenario.service && deploy !== culprit))
      assert.ok(new Set(rollouts.map(deploy => deploy.release.service)).size === 4)
    }
  })
}

test('only the culprit carries the change, and every release follows the one before it', () => {
  for (const seed of SEEDS) {
    const { culprit, deploys, initial, scenario } = plan(seed, 30)
    const running = { ...initial }
    for (const deploy of deploys) {
      assert.equal(deploy.previous, running[deploy.release.service], `seed ${seed}`)
      assert.notEqual(deploy.release.version, deploy.previous.version)
      assert.match(deploy.release.commit, /^[0-9a-f]{40}$/)
      assert.equal(deploy.release.changes.has(scenario.change!), deploy === culprit)
      running[deploy.release.service] = deploy.release
    }
  }
})

test('seeds go through all scenarios, with different customers, versions and endings', () => {
  const plans = SEEDS.map(seed => plan(seed, 30))
  assert.equal(new Set(plans.slice(0, SCENARIOS.length).map(({ scenario }) => scenario.name)).size, SCENARIOS.length)
  for (const scenario of SCENARIOS) {
    const same = plans.filter(candidate => candidate.scenario === scenario)
    assert.deepEqual(new Set(same.map(({ value }) => value)), new Set(scenario.values))
    assert.ok(new Set(same.map(({ culprit }) => culprit!.release.version)).size > same.length / 2)
    assert.equal(new Set(same.map(({ rollback }) => rollback === undefined)).size, 2)
  }
})

test('on a quiet day there are deploys, and nothing goes wrong before the end', () => {
  for (const seed of SEEDS) {
    const duration = 30 * MINUTE
    const quiet = createPlan(seed, duration, createRandom(`plan/${seed}/quiet`), 'quiet')
    assert.equal(quiet.deploys.length, 5)
    assert.equal(quiet.culprit, undefined)
    assert.ok(quiet.deploys.every(({ release }) => release.changes.size === 0))
    assert.deepEqual([quiet.troubles, quiet.certainVictims], [[], []])
    assert.ok(quiet.burstStart >= duration && quiet.decoy.from >= duration)
  }
})
