import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Hypothesis } from '../../analysis/causes/index.ts'
import { DETECT_DEFAULTS } from '../../analysis/detect/settings.ts'
import { INCIDENT_DEFAULTS } from '../../analysis/incidents/settings.ts'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { attributes, batch, log, resource } from '../../exporters/timescale/testing/records.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'
import type { KnownChange } from '../../store/changes.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { createAnomalyReflex } from '../../store/reflexes/anomaly-round.ts'
import { incidentRound } from '../../store/reflexes/incident-round.ts'
import { type Minutes, storeMinutes } from '../../store/reflexes/testing/requests.ts'
import { type Report, standingReport, writeReport } from '../../store/reports/report.ts'
import { reportRound } from '../../store/reports/round.ts'
import type { Trigger } from '../../store/reports/triggers.ts'
import { createDatabase } from '../postgres.ts'

const MINUTE_MS = 60_000
const OPTIONS = { receiver: 'reports', windowMs: 5 * MINUTE_MS, usualMs: 15 * MINUTE_MS, againMs: 5 * MINUTE_MS }

async function open(t: TestContext) {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  let sent = 0
  const store = async (...records: LogRecord[]) => {
    await consume(batch('logs', `batch ${sent++}`, records))
    while ((await foldSightings(client)).sightings > 0);
  }
  const reports = async () =>
    (
      await client.query(
        `SELECT trigger_kind AS kind, title, window_from, window_to, triggered_at FROM reports ORDER BY triggered_at`,
      )
    ).rows
  return { client, store, reports }
}

const web = resource({ 'service.name': 'web', 'deployment.environment.name': 'prod' })

function failure(id: bigint, at: number): LogRecord {
  const fingerprint = { id, kind: 'log' as const, version: 1, template: `problem ${id}` }
  return log({ resource: web, severityNumber: 17, timeUnixNano: BigInt(at) * 1_000_000n, fingerprint, body: 'fails' })
}

function drop(code: string, at: number): LogRecord {
  return log({
    ...{ resource: web, timeUnixNano: BigInt(at) * 1_000_000n, severityNumber: 17, eventName: 'debug.SESSION_DROP' },
    ...{ body: code, attributes: attributes({ 'debug.priority': 'high', 'debug.error_code': code }) },
  })
}

test('what happened while Sensorium was away is explained when its records come, as of then', async t => {
  const { client, store, reports } = await open(t)
  const away = Date.now() - 30 * MINUTE_MS
  await store(failure(1n, away - 60 * MINUTE_MS))
  assert.equal(await reportRound(client, OPTIONS, away), 0)
  const back = away + 10 * MINUTE_MS
  assert.equal(await reportRound(client, OPTIONS, back), 0, 'its Collector has sent nothing yet')
  assert.equal(await reportRound(client, OPTIONS, back + 2_000), 0)
  await store(drop('EARLY', away + MINUTE_MS), drop('LATE', away + 8 * MINUTE_MS), failure(2n, away + 3 * MINUTE_MS))
  assert.equal(await reportRound(client, OPTIONS, back + 60_000), 3)
  const told = await reports()
  assert.deepEqual(
    told.map(({ kind, triggered_at }) => `${kind} ${(+triggered_at - away) / MINUTE_MS}`),
    ['debug_event 1', 'problem 3', 'debug_event 8'],
  )
  for (const { window_from, window_to, triggered_at } of told) {
    assert.ok(window_from < triggered_at && triggered_at <= window_to, 'each window holds what it explains')
    assert.ok(+window_to <= +triggered_at + 4 * MINUTE_MS)
  }
  assert.equal(await reportRound(client, OPTIONS, back + 62_000), 0, 'once')
  // Without a time in which nobody looked, records of then are history.
  await reportRound(client, OPTIONS, back + 120_000)
  for (let at = back + 120_000; at <= back + 20 * MINUTE_MS; at += 50_000) await reportRound(client, OPTIONS, at)
  await store(drop('HISTORY', away + 5 * MINUTE_MS))
  assert.equal(await reportRound(client, OPTIONS, back + 21 * MINUTE_MS), 0)
})

test('after days away, two hours are looked back on', async t => {
  const { client, store, reports } = await open(t)
  const now = Date.now()
  await reportRound(client, OPTIONS, now - 48 * 60 * MINUTE_MS)
  await store(drop('OLD', now - 150 * MINUTE_MS), drop('YOUNG', now - 90 * MINUTE_MS))
  await reportRound(client, OPTIONS, now)
  assert.deepEqual(
    (await reports()).map(({ title }) => title),
    ['web: YOUNG'],
  )
})

test('a flood of different debug events keeps none from its report', async t => {
  const { client, store } = await open(t)
  const now = Date.now()
  await store(...Array.from({ length: 60 }, (_, i) => drop(`code ${i}`, now - 60_000 + i)))
  for (let round = 0; round < 14; round++) await reportRound(client, OPTIONS, now + round * 1_500)
  const { rows } = await client.query('SELECT count(*)::int AS n FROM report_triggers')
  assert.equal(rows[0].n, 60)
})

test('the anomalies of an incident and the incident have one report', async t => {
  const { client, reports } = await open(t)
  const start = (Math.floor(Date.now() / MINUTE_MS) - 60) * MINUTE_MS
  const at = (minute: number) => ({ requests: 80, errors: minute >= 20 ? 30 : 0 })
  const series: readonly Minutes[] = [
    { service: 'payment', operation: 'charge', at },
    { service: 'checkout', at },
    { service: 'checkout', operation: 'charge', kind: 'client', peer: 'payment', at },
  ]
  const anomalies = createAnomalyReflex({
    ...{ settings: DETECT_DEFAULTS, exemptions: {}, metrics: [], lateMs: 5_000, receiver: 'anomalies' },
  })
  const incidents = { settings: INCIDENT_DEFAULTS, receiver: 'incidents', ownerOf: () => undefined }
  for (let minute = 0; minute < 24; minute++) {
    await storeMinutes(client, start, minute, minute + 1, series)
    const now = start + (minute + 1) * MINUTE_MS + 10_000
    await anomalies.round(client, now)
    await reportRound(client, OPTIONS, now + 1_000)
    await incidentRound(client, incidents, now + 2_000)
    for (let round = 0; round < 4; round++) await reportRound(client, OPTIONS, now + 3_000 + round * 1_500)
  }
  const { rows } = await client.query(
    `SELECT count(*) FILTER (WHERE trigger_id LIKE 'incident/%')::int AS incidents, count(*)::int AS triggers FROM report_triggers`,
  )
  assert.equal(rows[0].incidents, 1)
  assert.ok(rows[0].triggers >= 3, `${rows[0].triggers} were noticed`)
  assert.equal((await reports()).length, 1)
})

test('a debug event does not join the report of something else of which no more is known than the service', async t => {
  const { client } = await open(t)
  const now = Date.now()
  const trigger = (kind: Trigger['kind'], id: string): Trigger => ({
    ...{ kind, id, series: id, title: id, severity: 'error', environment: 'prod', service: 'web', at: now },
    row: { table: 'application_logs', id },
  })
  const hypothesis = (more: Partial<Hypothesis<KnownChange>> = {}): Hypothesis<KnownChange> => ({
    ...{ kind: 'unknown', name: 'web', dependency: undefined, instance: undefined, operation: undefined },
    ...{ change: undefined, since: now, confidence: 0.3, because: [], against: [], confirm: '', path: [] },
    ...{ thrown: undefined, points: { behaviour: 1, slowness: 0, saturation: 0, problem: 0 } },
    ...more,
  })
  const report = (one: Trigger, first: Hypothesis<KnownChange>): Report => ({
    ...{ trigger: one, window: { from: new Date(now - 300_000), to: new Date(now) }, hypotheses: [first], paths: [[]] },
    ...{ timeline: [], notes: [], begun: [], text: '', entitiesHit: undefined, failures: [], weightsVersion: 1 },
    ...{ usualFrom: new Date(now), tookMs: 1 },
  })
  await writeReport(client, 'vague', report(trigger('anomaly', 'anomaly/1'), hypothesis()), new Date(now))
  const pool = hypothesis({ dependency: 'pool' })
  await writeReport(client, 'sharp', report(trigger('anomaly', 'anomaly/2'), pool), new Date(now))
  const lately = { since: new Date(now - 60_000) }
  const answer = async (one: Trigger, first: Hypothesis<KnownChange>) =>
    (await standingReport(client, one, { hypotheses: [first], begun: [] }, lately, now))?.id
  assert.equal(await answer(trigger('debug_event', 'debug/1'), hypothesis()), undefined)
  assert.equal(await answer(trigger('debug_event', 'debug/1'), pool), 'sharp')
  assert.equal(await answer(trigger('anomaly', 'anomaly/3'), hypothesis()), 'vague')
  assert.equal(await answer(trigger('anomaly', 'anomaly/3'), hypothesis({ instance: 'web-3' })), undefined)
})
