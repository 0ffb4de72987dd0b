import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { testContext } from '../../pipeline/testing/context.ts'
import { fingerprints } from '../../receivers/fingerprints/index.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { runCommand } from '../../tests/sensorium-process.ts'

const WORDS = 'amber birch cedar denim ember fjord grove hazel'.split(' ')
const ALIKE = (word: string) => `queue ${word} of the mail service was drained by hand`
/** Ids as people write them. */
const hex = (id: number) => id.toString(16).padStart(16, '0')

/** Nine fingerprints: eight alike (0x10000001 to 8), and an error (0x20000000) with 5 records. */
async function filled(t: TestContext) {
  const { url, database } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const see = (fingerprint: number, template: string, kind = 'log', records = 1) =>
    client.query(
      `INSERT INTO fingerprint_sightings VALUES ($1, $2, 3, $3, '', 9, 'shop', 'prod', '1', $4, now(), now())`,
      [fingerprint, kind, template, records],
    )
  for (const [n, word] of WORDS.entries()) await see(0x10000001 + n, ALIKE(word))
  await see(0x20000000, 'TypeError at pay', 'error', 5)
  const regroup = async () => {
    const context = testContext('fingerprints', { database })
    const receiver = fingerprints.create({ interval_ms: 100 }, async () => {}, context)
    await receiver.start!(AbortSignal.timeout(5_000))
    const open = 'SELECT count(*)::int AS n FROM fingerprint_sightings'
    while ((await client.query(open)).rows[0].n > 0) await new Promise(resolve => setImmediate(resolve))
    await receiver.shutdown!(AbortSignal.timeout(5_000))
  }
  await regroup()
  const run = (...args: string[]) => runCommand(['groups', ...args], { DATABASE_URL: url })
  const json = async (...args: string[]) => {
    const { stdout, stderr } = await run(...args, '--json')
    assert.notEqual(stdout, '', stderr)
    return JSON.parse(stdout)
  }
  const groupOf = async (fingerprint: number): Promise<string> =>
    (await client.query('SELECT group_id FROM fingerprints WHERE fingerprint = $1', [fingerprint])).rows[0].group_id
  return { client, see, regroup, run, json, groupOf }
}

test('a merge is previewed, kept, holds for what comes later, and goes with its rule', async t => {
  const { client, see, regroup, json, groupOf } = await filled(t)
  const before = await json('list')
  assert.deepEqual(
    before.map((group: { fingerprints: number; records: number }) => [group.fingerprints, group.records]),
    [
      [8, 8],
      [1, 5],
    ],
  )
  const merge = ['merge', hex(0x20000000), before[0].group_id]
  const preview = await json(...merge, '--preview')
  assert.deepEqual(await json('list'), before, 'a preview keeps nothing')
  assert.deepEqual(await json('rules'), [])
  const outcome = await json(...merge, '--note', 'one cause')
  assert.deepEqual(outcome.effects, preview.effects)
  assert.deepEqual(
    outcome.effects.map((effect: Record<string, unknown>) => [
      effect.change,
      effect.fingerprints_before,
      effect.fingerprints_after,
      effect.records_before,
      effect.records_after,
    ]),
    [
      ['grown', 1, 9, 5, 13],
      ['lost', 8, 0, 8, 0],
    ],
  )
  const { rows } = await client.query('SELECT count(*)::int AS n FROM fingerprint_moves WHERE reason = $1', ['rule'])
  assert.deepEqual(rows, [{ n: 8 }], 'each change of a group is noted')

  await see(0x10000009, ALIKE('iris'))
  await regroup()
  assert.equal(await groupOf(0x10000009), await groupOf(0x20000000), 'the rule holds for a line that came later')
  const [rule] = await json('rules')
  assert.equal(rule.note, 'one cause')
  await json('rules', '--remove', String(rule.rule))
  assert.deepEqual(
    (await json('list')).map((group: { fingerprints: number }) => group.fingerprints),
    [9, 1],
  )
})

test('a split survives the next grouping, and only what it names leaves', async t => {
  const { regroup, json, groupOf } = await filled(t)
  await json('split', hex(0x10000001), hex(0x10000002))
  await regroup()
  assert.equal(await groupOf(0x10000001), await groupOf(0x10000002))
  assert.notEqual(await groupOf(0x10000001), await groupOf(0x10000003))
  const shown = await json('show', hex(0x10000001))
  assert.deepEqual(
    shown.members.map((member: { fingerprint: string }) => member.fingerprint),
    [hex(0x10000001), hex(0x10000002)],
  )
  assert.equal(shown.moves.filter((move: { reason: string }) => move.reason === 'rule').length, 2)
})

test('a group is resolved and reopened, and one that is seen again has regressed', async t => {
  const { client, see, json, run } = await filled(t)
  assert.deepEqual(await json('resolve', hex(0x20000000)), {
    group_id: hex(0x20000000),
    status: 'resolved',
    fingerprints: 1,
  })
  assert.equal((await json('list', '--status', 'resolved')).length, 1)
  await see(0x20000000, 'TypeError at pay', 'error')
  await foldSightings(client)
  assert.equal((await json('list', '--status', 'regressed')).length, 1)
  assert.match((await run('reopen', hex(0x20000000))).stdout, /is open \(1 fingerprints changed\)/)
})

test('an id that is wrong, short, unknown or ambiguous is told, with what to do', async t => {
  const { run } = await filled(t)
  const cases: [string[], RegExp][] = [
    [['show', 'xyz'], /"xyz" is no id: write 16 hex digits/],
    [['show', '0000'], /the first 6 of them or more/],
    [['show', 'ffffffff'], /no group or fingerprint begins with ffffffff/],
    [['show', '000000001'], /could be 0000000010000001, 0000000010000002/],
    [['merge', hex(0x20000000)], /two groups or more/],
    [['rules', '--remove', '7'], /no rule 7/],
    [['list', '--limit', 'many'], /a number from 1/],
  ]
  for (const [args, message] of cases) {
    const { code, stderr } = await run(...args)
    assert.equal(code, 1, args.join(' '))
    assert.match(stderr, message)
  }
})
