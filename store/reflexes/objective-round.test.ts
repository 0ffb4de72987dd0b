import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { BURN_RULES } from '../../analysis/slo/burn.ts'
import { createObjectiveReflex } from './objective-round.ts'
import { failing, findings, MINUTE, open, START } from './testing/failing-shop.ts'
import { storeMinutes } from './testing/requests.ts'

const OBJECTIVE = {
  name: 'orders',
  title: 'Orders work',
  service: 'payment',
  environment: 'prod',
  operation: undefined,
  countsErrors: true,
  slowFromMs: undefined,
  target: 0.99,
  sliceTarget: undefined,
  periodMinutes: 7 * 1_440,
  rules: BURN_RULES,
}
const OBJECTIVES = { objectives: [OBJECTIVE], lateMs: 0, receiver: 'slos' }

test('an objective that burns is told once, with what is left of its budget, also after a restart', async t => {
  const client = await open(t)
  let slos = createObjectiveReflex(OBJECTIVES)
  for (let minute = 0; minute < 70; minute++) {
    await storeMinutes(client, START, minute, minute + 1, failing(40, 52, 80))
    if (minute === 50) slos = createObjectiveReflex(OBJECTIVES)
    await slos.round(client, START + (minute + 1) * MINUTE)
  }
  const told = await findings(client, 'slos')
  assert.deepEqual(
    told.map(({ event, attributes }) => `${event} ${attributes?.['slo.rule']}`),
    ['slo.burn.started fast', 'slo.burn.ended fast'],
  )
  assert.match(
    told[0]!.body,
    /^payment: the error budget of "Orders work" \(99 % over 7 d\) burns [\d.]+ times too fast since 08:4\d UTC, used up \d+ times over$/,
  )
  // 960 of the 80 a minute until then, with one in a hundred allowed.
  assert.match(told[1]!.body, /, used up 2[01] times over, now over$/)
  const { rows } = await client.query('SELECT total, bad, budget_left, burning FROM slo_status')
  assert.deepEqual([rows[0].total, rows[0].bad, rows[0].burning], [5_600, 960, null])
  assert.ok(Math.abs(rows[0].budget_left - (1 - 960 / 56)) < 1e-9)
})

test('a burn whose minutes came late and at once is told as if they had come in time, and once', async t => {
  const [prompt, late] = [await open(t), await open(t)]
  const inTime = createObjectiveReflex(OBJECTIVES)
  for (let minute = 0; minute < 70; minute++) {
    await storeMinutes(prompt, START, minute, minute + 1, failing(40, 52, 80))
    await inTime.round(prompt, START + (minute + 1) * MINUTE)
  }
  // A sender is cut off after half an hour, and what it had to say comes when its burn is over.
  const slos = createObjectiveReflex(OBJECTIVES)
  for (let minute = 0; minute < 70; minute++) {
    if (minute < 30) await storeMinutes(late, START, minute, minute + 1, failing(40, 52, 80))
    await slos.round(late, START + (minute + 1) * MINUTE)
  }
  assert.deepEqual(await findings(late, 'slos'), [])
  const end = START + 70 * MINUTE
  await storeMinutes(late, START, 30, 70, failing(40, 52, 80))
  for (let s = 20; s <= 80; s += 20) await slos.round(late, end + s * 1_000)
  const of = async (client: pg.Client) =>
    (await findings(client, 'slos')).map(({ event, id, at, since }) => [event, id, at, since].join(' '))
  assert.equal((await of(prompt)).length, 2)
  assert.deepEqual(await of(late), await of(prompt))
  // Another service's backlog makes the same minutes late once more: nothing is told again.
  await storeMinutes(late, START, 30, 70, [{ service: 'search', at: () => ({ requests: 900 }) }])
  for (let s = 100; s <= 160; s += 20) await slos.round(late, end + s * 1_000)
  assert.deepEqual(await of(late), await of(prompt))
  const { rows } = await late.query('SELECT total, bad, burning FROM slo_status')
  assert.deepEqual([rows[0].total, rows[0].bad, rows[0].burning], [5_600, 960, null])
})
