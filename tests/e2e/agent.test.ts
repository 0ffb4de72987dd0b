import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { runDemo } from '../../demo/index.ts'
import { tokensOf } from '../../mcp/answer-text.ts'
import { call, connectClient } from '../../mcp/testing/connect.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const MAX_CALLS = 5
const MAX_TOKENS = 12_000
/** Two of each scenario, with different customers, releases and endings. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
/** Worlds in which no deploy is to blame, though there are some, of the service itself as well. */
const WORLDS = ['slow-dependency', 'dry-pool', 'bad-host'] as const

type Row = Readonly<Record<string, unknown>>
/** What the answers said, by section; of each the first answer that had it. */
type Seen = Readonly<Record<string, readonly Row[]>>

/**
 * An agent that decides nothing: it begins where it is told to begin, and makes the first call that each answer
 * suggests and that it has not made. It reads what the answers say, and asks nothing of its own.
 */
async function follow(
  ask: (name: string, args: Record<string, unknown>) => Promise<{ data: Seen; next: readonly string[] }>,
) {
  const seen: Record<string, readonly Row[]> = {}
  const made = new Set<string>()
  let next: string | undefined = 'error_fingerprint_summary {}'
  while (next !== undefined && made.size < MAX_CALLS) {
    const call: string = next
    made.add(call)
    const space = call.indexOf(' ')
    const answer = await ask(call.slice(0, space), JSON.parse(call.slice(space + 1)) as Record<string, unknown>)
    for (const [name, rows] of Object.entries(answer.data)) if (rows.length > 0) seen[name] ??= rows
    if (seen.cause !== undefined) break
    next = answer.next.find(one => !made.has(one))
  }
  return seen
}

async function investigate(
  t: TestContext,
  options: { readonly seed: number; readonly world?: (typeof WORLDS)[number] },
) {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
  t.after(() => sensorium.end('SIGTERM'))
  const { truth } = await runDemo({
    ...options,
    minutes: 20,
    rate: 3,
    speed: 0,
    endpoint: `http://127.0.0.1:${ports.http}`,
    truthFile: `${temporaryFolder('agent')}/truth.json`,
  })
  const database = new pg.Client(url)
  await database.connect()
  t.after(() => database.end())
  for (;;) {
    const { rowCount } = await database.query('SELECT FROM fingerprint_sightings LIMIT 1')
    if (rowCount === 0) break
  }
  const client = await connectClient(t, `http://127.0.0.1:${ports.application}/mcp`)
  let calls = 0
  let tokens = 0
  const seen = await follow(async (name, args) => {
    const { text, answer, isError } = await call(client, name, args)
    assert.equal(isError, false, text)
    calls += 1
    tokens += tokensOf(text)
    return { data: answer.data as Seen, next: answer.next }
  })
  t.diagnostic(`${calls} calls, ${tokens} tokens`)
  assert.ok(calls <= MAX_CALLS && tokens <= MAX_TOKENS, `${calls} calls, ${tokens} tokens`)
  return { incident: truth.incident, seen, database, calls }
}

const within = (told: unknown, truth: string | null, seconds: number) => {
  const apart = Math.abs(Date.parse(String(told)) - Date.parse(String(truth))) / 1_000
  assert.ok(apart <= seconds, `${String(told)} is ${apart} s from ${truth}`)
}

const distinct = (seen: Seen, entity: string) => seen.hit?.find(row => row.entity === entity)?.distinct

for (const seed of SEEDS) {
  test(`seed ${seed}: who only follows the suggested calls finds the release and all that belongs to it`, async t => {
    const { incident, seen, database, calls } = await investigate(t, { seed })
    const [cause] = seen.cause!
    const [origin] = seen.first_cause!
    const { deploy, errorBurst, affected } = incident
    assert.equal(cause!.verdict, 'release', JSON.stringify(cause))
    assert.deepEqual([cause!.service, cause!.release], [incident.service, deploy!.version])
    assert.ok(deploy!.commit.startsWith(String(cause!.commit)) && String(cause!.commit).length >= 8)
    within(cause!.at, deploy!.time, 1)
    within(cause!.onset, errorBurst.firstError, 2)
    within(cause!.ended ?? cause!.lasts_until, errorBurst.lastError, 2)
    assert.deepEqual(
      [origin!.service, origin!.operation, origin!.exception],
      [incident.service, incident.operation, incident.exception.type],
    )
    assert.match(String(origin!.innermost), new RegExp(`^${incident.exception.causeType}: `))
    const [thrown] = origin!.chain as string[]
    assert.match(thrown!, new RegExp(` at ${incident.exception.function} \\(.*${incident.exception.file}:\\d+\\)$`))
    const [shared] = seen.shared!
    const names = [shared!.attribute, ...((shared!.same_as as string[] | undefined) ?? [])]
    assert.ok(names.includes(`${affected.attribute}=${affected.value}`), JSON.stringify(seen.shared))
    assert.deepEqual(
      ['order.id', 'user.id', 'request.id'].map(entity => distinct(seen, entity)),
      [affected.orders.count, affected.users.count, affected.requests.count],
    )

    // Every call is in the audit log, which can be asked like anything else.
    for (;;) {
      const { rows } = await database.query('SELECT tool, outcome, principal FROM mcp_calls ORDER BY timestamp')
      if (rows.length < calls) continue
      assert.equal(rows.length, calls)
      assert.deepEqual(rows[0], { tool: 'error_fingerprint_summary', outcome: 'answered', principal: 'local' })
      break
    }
  })
}

for (const [i, world] of WORLDS.entries()) {
  test(`${world}: it is said that no deploy is to blame, and what is wrong where`, async t => {
    const { incident, seen } = await investigate(t, { seed: 11 + i, world })
    const [cause] = seen.cause!
    const [origin] = seen.first_cause!
    assert.equal(cause!.verdict, 'no release or deploy', JSON.stringify(cause))
    assert.equal(cause!.release, undefined)
    assert.equal(seen.nearest_change?.[0]?.service, incident.service, 'the innocent deploy before it is told as such')
    assert.deepEqual([origin!.service, origin!.exception], [incident.service, incident.exception.type])
    // A request that waits begins to fail some seconds before it has failed.
    within(cause!.onset, incident.errorBurst.firstError, 5)
    within(cause!.ended ?? cause!.lasts_until, incident.errorBurst.lastError, 2)
    if (world === 'bad-host') {
      const { attribute, same_as } = seen.shared![0]!
      const names = [attribute, ...((same_as as string[] | undefined) ?? [])]
      assert.ok(
        names.includes(`${incident.affected.attribute}=${incident.affected.value}`),
        JSON.stringify(seen.shared),
      )
    }
    if (world === 'slow-dependency') {
      assert.ok(
        seen.slower_or_failing_more!.some(row => row.calls === incident.affected.value),
        JSON.stringify(seen),
      )
      assert.match(JSON.stringify(cause!.because), /what it calls became slower/)
    }
    if (world === 'dry-pool') {
      assert.ok(
        seen.fuller!.some(row => row.metric === incident.affected.value),
        JSON.stringify(seen.fuller),
      )
      assert.match(JSON.stringify(cause!.because), /something of it filled up/)
    }
  })
}
