import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldSightings } from '../store/fingerprints/fold.ts'
import type { Row } from './answer.ts'
import { call, connectClient } from './testing/connect.ts'
import { CAUSE_ID, COMMIT, incident, REFUSAL_ID, SYMPTOM_ID, TIMES } from './testing/incident.ts'
import { now, open, store } from './testing/server.ts'

const near = (told: unknown, expected: Date, seconds = 6) => {
  const apart = Math.abs(Date.parse(String(told)) - +expected) / 1_000
  assert.ok(apart <= seconds, `${String(told)} is ${apart} s from ${expected.toISOString()}`)
}

test('answers lead to the cause', async t => {
  const { url, client: owner, database } = await open(t)
  const { batches, orders, refusals, at } = incident(now())
  await store(database, ...batches)
  while ((await foldSightings(owner)).sightings > 0);
  const client = await connectClient(t, url)
  const ask = async (name: string, args: Record<string, unknown> = {}) => {
    const { text, answer, isError } = await call(client, name, args)
    assert.equal(isError, false, text)
    return { text, next: answer.next, data: answer.data as Readonly<Record<string, readonly Row[]>> }
  }
  const range = { minutes: 70 }

  await t.test('the first cluster and the first suggestion are the cause, not the busiest problem', async () => {
    const { data, next } = await ask('error_fingerprint_summary', range)
    assert.deepEqual(
      data.clusters!.map(row => row.fingerprint),
      [CAUSE_ID, REFUSAL_ID, SYMPTOM_ID],
    )
    assert.ok(next[0]!.startsWith(`explain_failure {"fingerprint":"${CAUSE_ID}"`), next[0])
    assert.deepEqual(
      data.clusters!.map(row => row.trend),
      ['new', 'steady', 'new'],
    )
  })

  await t.test('a symptom names the problem that lies beneath it', async () => {
    const { data } = await ask('error_fingerprint_summary', range)
    assert.deepEqual(
      data.clusters!.map(row => row.symptom_of),
      [undefined, undefined, [CAUSE_ID]],
    )
  })

  await t.test('the log line and the span of one failure are counted once', async () => {
    const { data } = await ask('error_fingerprint_summary', range)
    assert.deepEqual(
      data.clusters!.map(row => [row.failures, row.records]),
      [
        [orders, 2 * orders],
        [refusals, refusals],
        [orders, 2 * orders],
      ],
    )
  })

  await t.test(
    'the release is blamed with which the operation became slow, though the first failure came later',
    async () => {
      const [cause] = (await ask('explain_failure', { fingerprint: CAUSE_ID, ...range })).data.cause!
      assert.deepEqual(
        [cause!.verdict, cause!.service, cause!.release, cause!.previous],
        ['release', 'pay', '2.0', '1.0'],
      )
      assert.equal(cause!.commit, COMMIT.slice(0, 12))
      near(cause!.at, at(TIMES.deploy))
      near(cause!.onset, at(TIMES.onset), 20)
      near(cause!.ended, at(TIMES.end), 20)
      assert.match(JSON.stringify(cause!.because), /4[0-9] times as slow with it/)
    },
  )

  await t.test(
    'one failed order is explained from the first failure of its problem: no deploy after that is its cause',
    async () => {
      const { data } = await ask('query_sql', {
        sql: `SELECT attributes->>'order.id' AS id, trace_id FROM trace_spans WHERE status = 'error' AND service = 'web' ORDER BY timestamp DESC LIMIT 1`,
      })
      const { data: why } = await ask('explain_failure', { trace_id: data.rows![0]!.trace_id, ...range })
      assert.deepEqual([why.cause![0]!.service, why.cause![0]!.release], ['pay', '2.0'])
      assert.equal(JSON.stringify(why).includes('New footer'), false)
    },
  )

  await t.test(
    'the first cause has its whole chain, with file, line and function of the innermost own frame',
    async () => {
      const [origin] = (await ask('explain_failure', { fingerprint: CAUSE_ID, ...range })).data.first_cause!
      assert.deepEqual([origin!.service, origin!.operation, origin!.exception], ['pay', 'POST /charge', 'NoRateError'])
      assert.match(String(origin!.innermost), /^RangeError: SEK is not among EUR/)
      const chain = origin!.chain as string[]
      assert.match(chain[0]!, /^NoRateError at rateFor \(.*rates\.ts:58\)$/)
      assert.match(chain[1]!, /^RangeError at readQuote \(.*rates\.ts:67\)$/)
    },
  )

  await t.test('what the bad ones share is told with counts, and how many are hit', async () => {
    for (const name of ['what_they_share', 'explain_failure']) {
      const { data } = await ask(name, { fingerprint: CAUSE_ID, ...range })
      assert.equal(data.shared![0]!.attribute, 'shop.locale=sv-SE')
      assert.equal(data.shared![0]!.first, `${orders} of ${orders}`)
      assert.match(String(data.shared![0]!.second), /^0 of \d+$/)
      assert.equal(data.hit!.find(row => row.entity === 'order.id')?.distinct, orders)
    }
    // In psql and Grafana the same.
    const { rows } = await owner.query(
      `SELECT attribute, value, failing, good FROM what_failures_share($1, now() - interval '70 minutes') WHERE attribute LIKE 'shop%' LIMIT 1`,
      [CAUSE_ID],
    )
    assert.deepEqual(rows, [{ attribute: 'shop.locale', value: 'sv-SE', failing: orders, good: 0 }])
  })

  await t.test('what slow requests share, and those since a moment, is told as well', async () => {
    const slow = await ask('what_they_share', { service: 'pay', operation: 'POST /charge', ...range })
    assert.equal(slow.data.shared![0]!.attribute, 'service.version=2.0')
    const since = await ask('what_they_share', {
      service: 'web',
      operation: 'POST /buy',
      at: at(TIMES.later).toISOString(),
      ...range,
    })
    assert.equal(since.data.shared![0]!.attribute, 'service.version=5.1')
  })

  await t.test(
    'a 44-fold regression of one operation is told before and after the deploy, with its moment and a series',
    async () => {
      const { data, text } = await ask('service_health', {
        service: 'pay',
        minutes: 70,
        until: at(TIMES.rollback + 1).toISOString(),
      })
      const [charge, rates] = data.operations!
      assert.equal(charge!.operation, 'POST /charge')
      // Durations are those of sketches.
      const within = (found: unknown, ms: number) =>
        assert.ok(Math.abs(Number(found) / ms - 1) < 0.015, `${found}, ${ms}`)
      within(charge!.p50_ms_before, 10)
      within(charge!.p50_ms, 440)
      within(rates!.p50_ms_before, 3.6)
      within(rates!.p50_ms, 3.6)
      assert.equal((charge!.p95_series as number[]).length, 12)
      near(data.moments![0]!.at, at(TIMES.deploy), 15)
      assert.deepEqual([data.moments![0]!.with, data.moments!.length], ['2.0', 1])
      assert.match(text, /1 operation became slower and is so still/)
      const later = await ask('service_health', { service: 'pay', minutes: 70 })
      assert.match(later.text, /What was slow is fast again/)
    },
  )

  await t.test('the end of the service’s own data is told', async () => {
    const { text } = await ask('service_health', {
      service: 'pay',
      minutes: 100,
      until: new Date(Date.now() + 30 * 60_000).toISOString(),
    })
    assert.match(text, /Its own requests end at \d{4}-/)
    const empty = await ask('error_fingerprint_summary', { service: 'web', until: '2020-01-01T00:00:00Z' })
    assert.match(empty.text, /this service's first data is of \d{4}-.*after this range/)
    const late = await ask('error_fingerprint_summary', {
      minutes: 5,
      until: new Date(Date.now() + 3_600_000).toISOString(),
    })
    assert.match(late.text, /the newest data is of/)
    assert.match(late.next[0]!, /^error_fingerprint_summary \{"env":"prod","minutes":5,"until":"/)
  })

  await t.test('a rollback to a version that ran before is a change of release', async () => {
    const { data } = await ask('what_changed', { minutes: 70 })
    const changes = data.releases!.map(row => `${String(row.service)} ${String(row.previous)} → ${String(row.release)}`)
    assert.deepEqual(changes, ['pay 2.0 → 1.0', 'web 5.0 → 5.1', 'pay 1.0 → 2.0'])
    assert.match(String(data.releases![0]!.what), /back to a release that had run before/)
    near(data.releases![0]!.at, at(TIMES.rollback))
  })

  await t.test('a problem of every day has nothing to be blamed', async () => {
    const { data, text } = await ask('explain_failure', { fingerprint: REFUSAL_ID, ...range })
    assert.equal(data.cause![0]!.verdict, 'as always')
    assert.match(text, /as it always was/)
  })
})
