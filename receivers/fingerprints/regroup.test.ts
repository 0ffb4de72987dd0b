import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { LOG_TEMPLATE_VERSION } from '../../analysis/log-template/fingerprint.ts'
import { createGrouper } from '../../analysis/log-template/grouping.ts'
import { addRule } from '../../store/fingerprints/groups.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { createRegrouping } from './regroup.ts'

const PAGE_ROWS = 50

/** Statements of a fleet, each with the names of many things in it. */
const TEMPLATES = Array.from({ length: 1_200 }, (_, n) => {
  const name = `${'klmnpqrst'[n % 9]}ode-${String.fromCharCode(97 + (n % 26))}${String.fromCharCode(97 + (Math.floor(n / 26) % 26))}x`
  return [
    `connection of ${name} to the broker was lost`,
    `worker ${n % 7} of pool ${name} has ended`,
    `only ${n} once ${name}`,
  ][n % 3]!
})

async function opened(t: TestContext) {
  const { url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  await client.query(
    `INSERT INTO fingerprints (fingerprint, group_id, automatic_group, kind, version, seen_version, template, sample,
       severity_number, records, first_seen, last_seen)
     SELECT id, id, id, 'log', $3, $3, template, template, 9, 1, now(), now()
     FROM unnest($1::bigint[], $2::text[]) AS t (id, template)`,
    [TEMPLATES.map((_, n) => n * 7_919 - 4_000_000), TEMPLATES, LOG_TEMPLATE_VERSION],
  )
  const groups = async () => {
    const { rows } = await client.query<{ fingerprint: string; group_id: string }>(
      'SELECT fingerprint, group_id FROM fingerprints ORDER BY 1',
    )
    return rows.map(row => [BigInt(row.fingerprint), BigInt(row.group_id)] as const)
  }
  return { client, groups }
}

/** A client that notes the most rows that one statement brought. */
function counting(client: pg.Client) {
  const seen = { rows: 0 }
  const counted = new Proxy(client, {
    get(target, key) {
      if (key !== 'query') return Reflect.get(target, key)
      return async (...args: [string, unknown[]]) => {
        const result = await target.query(...args)
        seen.rows = Math.max(seen.rows, result.rows.length)
        return result
      }
    },
  })
  return { counted, seen }
}

test('however many fingerprints there are, no statement brings more than a page, and the groups are those of all together', async t => {
  const { client, groups } = await opened(t)
  const grouper = createGrouper()
  for (const [n, template] of TEMPLATES.entries()) grouper.add(BigInt(n * 7_919 - 4_000_000), template)
  const { counted, seen } = counting(client)
  const regrouping = createRegrouping(PAGE_ROWS)
  await regrouping.run(counted)
  assert.deepEqual(new Map(await groups()), grouper.groups())
  await regrouping.run(counted)
  assert.deepEqual(new Map(await groups()), grouper.groups(), 'and stay so')
  assert.equal(seen.rows, PAGE_ROWS)
})

test('a rule holds for groups whose members are on other pages than the fingerprints that it names', async t => {
  const { client, groups } = await opened(t)
  const [one, other] = [BigInt(-4_000_000), BigInt(1_198 * 7_919 - 4_000_000)]
  await addRule(client, { kind: 'merge', fingerprints: [one, other], note: '', createdBy: 'test' })
  await createRegrouping(PAGE_ROWS).run(client)
  const found = new Map(await groups())
  assert.equal(found.get(one), found.get(other))
  const { rows } = await client.query('SELECT count(*)::int AS n FROM fingerprints WHERE group_id = $1', [
    String(found.get(one)),
  ])
  assert.deepEqual(rows, [{ n: 800 }], 'both statements, whole')
})
