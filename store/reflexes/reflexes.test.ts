import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type pg from 'pg'
import { DETECT_DEFAULTS } from '../../analysis/detect/settings.ts'
import { INCIDENT_DEFAULTS } from '../../analysis/incidents/settings.ts'
import { foldSightings } from '../fingerprints/fold.ts'
import { createAnomalyReflex } from './anomaly-round.ts'
import { backtest, verdictsOf } from './backtest.ts'
import { initializeBaselines } from './baselines.ts'
import { driftRound } from './drift-round.ts'
import type { FindingData } from './finding.ts'
import { incidentRound } from './incident-round.ts'
import { acknowledge, acknowledgeIncident, listIncidents, readIncident, resolveIncident } from './people.ts'
import { failing, findings, MINUTE, open, START } from './testing/failing-shop.ts'
import { type Minutes, storeMinutes } from './testing/requests.ts'

const reflex = () =>
  createAnomalyReflex({
    settings: DETECT_DEFAULTS,
    exemptions: {},
    metrics: [],
    lateMs: 5_000,
    receiver: 'anomalies',
  })
const INCIDENTS = {
  settings: INCIDENT_DEFAULTS,
  receiver: 'incidents',
  ownerOf: (service: string) => `team-${service}`,
}

/** Stores minute after minute, and lets the reflexes run after each, as they would have then. */
async function live(
  client: pg.Client,
  minutes: number,
  series: readonly Minutes[],
  { restartAt = -1, from = 0 } = {},
): Promise<void> {
  let anomalies = reflex()
  for (let minute = from; minute < minutes; minute++) {
    await storeMinutes(client, START, minute, minute + 1, series)
    if (minute === restartAt) anomalies = reflex()
    const now = START + (minute + 1) * MINUTE + 10_000
    await anomalies.round(client, now)
    await incidentRound(client, INCIDENTS, now)
  }
}

describe('reflexes over stored minutes', () => {
  test('a failing dependency is one incident within two minutes, its callers attached, resolved when it is over', async t => {
    const client = await open(t)
    await live(client, 45, failing(20, 30))
    const told = await findings(client, 'incidents')
    assert.deepEqual([...new Set(told.map(({ id }) => id))].length, 1)
    assert.equal(told[0]?.event, 'incident.opened')
    assert.ok(Date.parse(told[0]!.at) <= START + 22 * MINUTE, told[0]?.at)
    assert.equal(told.at(-1)?.event, 'incident.resolved')
    assert.deepEqual(
      told.map(({ revision }) => revision),
      told.map((_, i) => i + 1),
    )
    assert.equal(told[0]?.service, 'payment')
    assert.equal(told[0]?.owner, 'team-payment')
    assert.ok(
      told.every(({ release }) => release === '1.0.0'),
      'each names the release that fails',
    )
    const anomalies = await findings(client, 'anomalies')
    assert.ok(anomalies.filter(({ service }) => service === 'payment').every(({ release }) => release === '1.0.0'))
    const incident = await readIncident(
      client,
      (await listIncidents(client, { isOpen: false, since: new Date(0), limit: 5 }))[0]!.id,
    )
    assert.deepEqual([...new Set(incident.findings.map(({ role, service }) => `${service} ${role}`))].sort(), [
      'checkout explained',
      'payment origin',
    ])
    assert.match(incident.title, /^payment charge: requests fail, felt by checkout$/)
  })

  test('an incident names what changed before its requests failed, not before a smaller trouble that went on already', async t => {
    const client = await open(t)
    for (const [release, first] of [
      ['1.0.0', 0],
      ['1.1.0', 12],
      ['1.2.0', 27],
    ] as const) {
      const seen = [new Date(START + first * MINUTE), 'payment', 'prod', release]
      await client.query('INSERT INTO service_releases VALUES ($2, $3, $4, $1, $1)', seen)
      await client.query('INSERT INTO service_release_minutes VALUES ($1, $2, $3, $4, $1, $1)', seen)
    }
    const series: readonly Minutes[] = [
      ...failing(28, 40),
      { service: 'payment', operation: 'refund', at: minute => ({ requests: 80, ms: minute >= 20 ? 180 : 100 }) },
    ]
    await live(client, 34, series)
    const told = (await findings(client, 'incidents')).at(-1)!
    assert.match(told.title, /^payment charge: requests fail/)
    const { rows } = await client.query('SELECT min(began_at) AS first FROM incident_members')
    assert.ok(+rows[0].first <= START + 21 * MINUTE, 'the slower refunds are part of it')
    assert.match(told.changedBefore!, /^payment 1\.2\.0 \(release\) at 08:27 UTC, 2 min before;/)
  })

  test('the release and the owner are of the origin, also when another service turns out to be it', async t => {
    const client = await open(t)
    const at = (from: number) => (minute: number) => ({ requests: 80, errors: minute >= from ? 30 : 0 })
    await live(client, 27, [
      { service: 'checkout', release: '2.29.0', at: at(20) },
      { service: 'checkout', release: '2.29.0', operation: 'charge', kind: 'client', peer: 'payment', at: at(26) },
      { service: 'payment', release: '3.21.0', operation: 'charge', at: at(23) },
    ])
    const told = await findings(client, 'incidents')
    const of = ({ service, release, owner }: FindingData) => [service, release, owner].join(' ')
    assert.equal(of(told[0]!), 'checkout 2.29.0 team-checkout')
    assert.equal(of(told.at(-1)!), 'payment 3.21.0 team-payment')
    const { rows } = await client.query('SELECT service, release, owner FROM incidents')
    assert.deepEqual(rows, [{ service: 'payment', release: '3.21.0', owner: 'team-payment' }])
  })

  test('a process that takes over in the middle of it tells nothing twice and ends it', async t => {
    const [whole, broken] = [await open(t), await open(t)]
    await live(whole, 40, failing(20, 30))
    await live(broken, 40, failing(20, 30), { restartAt: 24 })
    const of = async (client: pg.Client) =>
      (await findings(client, 'anomalies'))
        .map(({ event, id, since, until }) => [event, id, since, until].join(' '))
        .sort()
    const told = await of(whole)
    assert.ok(told.filter(text => text.startsWith('anomaly.started')).length >= 3)
    assert.deepEqual(await of(broken), told)
  })

  test('a minute that was judged is not judged again', async t => {
    const client = await open(t)
    await storeMinutes(client, START, 0, 30, failing(20, 30))
    const now = START + 30 * MINUTE + 10_000
    const one = reflex()
    // It is seen whether more comes of what was there.
    assert.equal(await one.round(client, now), 0)
    assert.equal(await one.round(client, now + 15_000), 30)
    assert.equal(await one.round(client, now + 30_000), 0)
    assert.equal(await reflex().round(client, now + MINUTE), 1)
  })

  test('what comes at once after a cut, or into an empty store, is judged as if it had come in time', async t => {
    const [prompt, late] = [await open(t), await open(t)]
    await live(prompt, 40, failing(20, 30))
    const anomalies = reflex()
    const round = async (now: number) => {
      await anomalies.round(late, now)
      await incidentRound(late, INCIDENTS, now)
    }
    const end = START + 40 * MINUTE + 10_000
    // An empty store was asked before, and is asked while the backlog comes in.
    await round(end)
    for (let minute = 0; minute < 40; minute += 8) {
      await storeMinutes(late, START, minute, minute + 8, failing(20, 30))
      await round(end + minute * 1_000)
    }
    for (let s = 40; s <= 120; s += 20) await round(end + s * 1_000)
    const of = async (client: pg.Client) =>
      (await findings(client, 'anomalies'))
        .filter(({ event }) => event === 'anomaly.started')
        .map(({ id, since, service }) => [id, since, service].join(' '))
        .sort()
    assert.ok((await of(prompt)).length >= 3)
    assert.deepEqual(await of(late), await of(prompt))
    assert.equal((await listIncidents(late, { isOpen: false, since: new Date(0), limit: 5 })).length, 1)
  })

  test('who takes an incident, why, and that it was a false alarm stand where backtests and baselines ask', async t => {
    const client = await open(t)
    await live(client, 26, failing(20, 30))
    const [incident] = await listIncidents(client, { isOpen: true, since: new Date(0), limit: 5 })
    await acknowledgeIncident(client, incident!.id.slice(0, 6), { by: 'nana', why: 'load test', isTrue: false })
    assert.equal((await findings(client, 'incidents')).at(-1)?.event, 'incident.acknowledged')
    await live(client, 28, failing(20, 30), { from: 26 })
    const after = await readIncident(client, incident!.id)
    assert.deepEqual(
      [after.state, after.acknowledged_by, after.acknowledged_why, after.is_true],
      ['acknowledged', 'nana', 'load test', false],
    )
    const { rows } = await client.query('SELECT DISTINCT is_true FROM anomalies')
    assert.deepEqual(rows, [{ is_true: false }])
    await resolveIncident(client, incident!.id, { by: 'nana', why: undefined, isTrue: undefined })
    await assert.rejects(
      resolveIncident(client, incident!.id, { by: 'nana', why: undefined, isTrue: undefined }),
      /resolved already/,
    )
    await assert.rejects(
      acknowledge(client, 'ffff', { by: 'x', why: undefined, isTrue: true }),
      /there is no anomaly ffff/,
    )
  })

  test('a backtest tells what would have fired, how long, and how right that would have been, and writes nothing', async t => {
    const client = await open(t)
    await live(client, 45, failing(20, 30))
    const { rows } = await client.query(
      `SELECT id FROM anomalies WHERE series_kind = 'service' AND service = 'payment' AND metric_name = 'error_rate'`,
    )
    await acknowledge(client, rows[0].id, { by: 'nana', why: undefined, isTrue: true })
    const before = await client.query('SELECT count(*) FROM anomalies')
    const options = {
      settings: DETECT_DEFAULTS,
      exemptions: {},
      metrics: [],
      objectives: [],
      incidents: INCIDENT_DEFAULTS,
      from: START,
      until: START + 45 * MINUTE,
    }
    const verdicts = verdictsOf(await backtest(client, options), options.until)
    const payment = verdicts.find(({ what }) => what === 'payment error_rate')
    assert.deepEqual([payment?.fired, payment?.minutes, payment?.precision], [1, 10, 1])
    // What they become together is judged as it would have been told: one incident, of who is called.
    const opened = (await backtest(client, options)).filter(({ kind }) => kind === 'incident')
    assert.deepEqual(
      opened.map(({ what, start, end }) => [what, (start - START) / MINUTE, end === undefined]),
      [['incident of payment', 20, false]],
    )
    const none = { ...INCIDENT_DEFAULTS, rules: [{ findings: 0 }] }
    assert.ok((await backtest(client, { ...options, incidents: none })).every(({ kind }) => kind !== 'incident'))
    assert.deepEqual((await client.query('SELECT count(*) FROM anomalies')).rows, before.rows)
    const deaf = await backtest(client, { ...options, exemptions: { services: [/./] } })
    assert.deepEqual(deaf, [])
  })

  test('baselines are learnt from hourly rollups, without the hours of what was wrong', async t => {
    const client = await open(t)
    const hours = 28 * 24
    await client.query(
      `INSERT INTO kpi_rollups_hourly (period_start, period_end, service, environment, total_requests, error_count, error_rate,
         avg_duration_ms, p50_duration_ms, p95_duration_ms, p99_duration_ms, uptime_percent, apdex, minutes, minutes_up, sketch)
       SELECT at, at + interval '1 hour', 'orders', 'prod', 6000, CASE WHEN h BETWEEN 300 AND 303 THEN 3000 ELSE 60 END, 0, 100, 90,
         CASE WHEN extract(hour FROM at AT TIME ZONE 'UTC') < 8 THEN 100 ELSE 300 END, 500, 100, 1, 60, 60, '{}'
       FROM generate_series(0, $2 - 1) h CROSS JOIN LATERAL (SELECT $1::timestamptz + h * interval '1 hour' AS at) t`,
      [new Date(START - hours * 60 * MINUTE), hours],
    )
    await client.query(
      `INSERT INTO anomalies (id, timestamp, service, metric_name, anomaly_type, severity, current_value, expected_value, deviation_percent,
         description, environment, series_kind, series_name, started_at, found_at, peak_at, ended_at, chance, updated_at)
       SELECT gen_random_uuid(), at, 'orders', 'error_rate', 'spike', 'error', 0.5, 0.01, 100, '', 'prod', 'service', '', at, at, at,
         at + interval '4 hours', 0, at FROM (SELECT $1::timestamptz + 300 * interval '1 hour' AS at) t`,
      [new Date(START - hours * 60 * MINUTE)],
    )
    const learnt = await initializeBaselines(client, 30, START)
    assert.deepEqual([learnt.series, learnt.hours, learnt.ignoredHours], [1, hours, 4])
    const { rows } = await client.query(
      `SELECT medians[1] AS night, medians[13] AS noon, counts[1] AS hours FROM anomaly_baselines WHERE metric_name = 'latency_p95'`,
    )
    assert.deepEqual(
      rows.map(row => [row.night, row.noon, row.hours]),
      [[100, 300, 4]],
    )
    const errors = await client.query(`SELECT p95s FROM anomaly_baselines WHERE metric_name = 'error_rate'`)
    assert.ok((errors.rows[0].p95s as number[]).every(p95 => p95 < 0.02))
  })

  test('what rises slowly over hours is a drift against the weeks before, and ends', async t => {
    const client = await open(t)
    const hours = 28 * 24
    // Slower by 4 % each hour from START on, for twelve hours.
    await client.query(
      `INSERT INTO kpi_rollups_hourly (period_start, period_end, service, environment, total_requests, error_count, error_rate,
         avg_duration_ms, p50_duration_ms, p95_duration_ms, p99_duration_ms, uptime_percent, apdex, minutes, minutes_up, sketch)
       SELECT at, at + interval '1 hour', 'orders', 'prod', 6000, 60, 0.01, 100, 90,
         300 + (h * 37) % 11 + CASE WHEN h BETWEEN $2 AND $2 + 11 THEN 12 * (h - $2) ELSE 0 END, 500, 100, 1, 60, 60, '{}'
       FROM generate_series(0, $2 + 20) h CROSS JOIN LATERAL (SELECT $1::timestamptz + h * interval '1 hour' AS at) t`,
      [new Date(START - hours * 60 * MINUTE), hours],
    )
    await initializeBaselines(client, 28, START)
    for (let hour = 1; hour <= 20; hour++) {
      await driftRound(client, { sigmas: 3, receiver: 'anomalies' }, START + hour * 60 * MINUTE + 10 * MINUTE)
    }
    const told = await findings(client, 'anomalies')
    assert.deepEqual(
      told.map(({ event, since, until }) => `${event} ${since.slice(11, 16)} ${until?.slice(11, 16) ?? ''}`),
      ['anomaly.started 14:00 ', 'anomaly.ended 14:00 20:00'],
    )
    assert.match(told[0]!.body, /^orders: expected P95 30\d ms, saw P95 3\d\d ms since 14:00 UTC$/)
  })

  test('what requests held of a problem is counted in the minutes that they span, all of it, each once', async t => {
    const client = await open(t)
    const sighting = (records: number, from: string, until: string) =>
      client.query(
        `INSERT INTO fingerprint_sightings (fingerprint, kind, version, template, sample, severity_number, service, environment, records, first_seen, last_seen)
         VALUES (7, 'error', 1, 't', 's', 17, 'orders', 'prod', $1, $2, $3)`,
        [records, `2026-11-23T${from}Z`, `2026-11-23T${until}Z`],
      )
    await sighting(10, '08:00:50', '08:01:10')
    await sighting(3, '08:01:20', '08:01:30')
    await foldSightings(client)
    await sighting(4, '08:01:40', '08:03:05')
    await foldSightings(client)
    await foldSightings(client)
    const { rows } = await client.query(
      `SELECT to_char(minute, 'HH24:MI') AS minute, records::int FROM fingerprint_minutes ORDER BY 1`,
    )
    assert.deepEqual(
      rows.map(row => `${row.minute} ${row.records}`),
      ['08:00 5', '08:01 9', '08:02 1', '08:03 2'],
    )
  })
})
