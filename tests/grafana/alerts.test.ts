import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import type pg from 'pg'
import { DETECT_DEFAULTS } from '../../analysis/detect/settings.ts'
import { INCIDENT_DEFAULTS } from '../../analysis/incidents/settings.ts'
import { readAlerting } from '../../cli/grafana/alerting.ts'
import { runDemo } from '../../demo/index.ts'
import { parseAlerts } from '../../receivers/reflexes/alerts-file.ts'
import { connect } from '../../store/connect.ts'
import { createAnomalyReflex } from '../../store/reflexes/anomaly-round.ts'
import { incidentRound } from '../../store/reflexes/incident-round.ts'
import { createObjectiveReflex } from '../../store/reflexes/objective-round.ts'
import { acknowledgeIncident, listIncidents } from '../../store/reflexes/people.ts'
import { storeMinutes } from '../../store/reflexes/testing/requests.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, ROOT, startSensorium } from '../sensorium-process.ts'
import { withReader } from '../with-reader.ts'
import { expand } from './expand.ts'

const MINUTE_MS = 60_000
const NUMBERS = new Set([20, 21, 23, 700, 701, 1700])

interface AlertRule {
  readonly name: string
  readonly sql: string
  readonly above: number
  readonly holdsMs: number
  readonly runbook: string
}

/** The rules as they are put into Grafana, with the defaults of config/alerts.yaml, or other limits. */
async function readRules(limits: Record<string, number> = {}): Promise<AlertRule[]> {
  const { groups } = await readAlerting({ folderUid: 'x', limits, runbooksUrl: undefined, email: undefined })
  return groups.flatMap(({ rules }) =>
    rules.map(rule => {
      const { uid, data, annotations, noDataState } = rule as unknown as GrafanaRule
      assert.equal(noDataState, 'OK')
      const [asked, threshold] = data
      const { evaluator } = threshold.model.conditions[0]
      const [, digits, unit] = /^(\d+)([sm])$/.exec((rule as unknown as GrafanaRule).for)!
      return {
        name: uid.replace('sensorium-', ''),
        sql: asked.model.rawSql,
        above: evaluator.params[0],
        holdsMs: Number(digits) * (unit === 'm' ? MINUTE_MS : 1_000),
        runbook: annotations.runbook_url,
      }
    }),
  )
}

interface GrafanaRule {
  readonly uid: string
  readonly for: string
  readonly noDataState: string
  readonly annotations: { readonly runbook_url: string }
  readonly data: readonly [
    { readonly model: { readonly rawSql: string } },
    {
      readonly model: { readonly conditions: readonly [{ readonly evaluator: { readonly params: readonly [number] } }] }
    },
  ]
}

type Labels = Readonly<Record<string, string>>

/** What Grafana would fire at that time: the rows above the limit then, and for as long before as the rule says. */
async function firing(client: pg.Client, rule: AlertRule, at: number): Promise<Labels[]> {
  const now = await above(client, rule, at)
  const before = new Set((await above(client, rule, at - rule.holdsMs)).map(labels => JSON.stringify(labels)))
  return now.filter(labels => before.has(JSON.stringify(labels)))
}

async function above(client: pg.Client, { name, sql, above }: AlertRule, at: number): Promise<Labels[]> {
  const view = {
    from: new Date(at - 10 * MINUTE_MS),
    to: new Date(at),
    intervalS: 60,
    variables: {},
    allValues: {},
    timescaledb: false,
  }
  const { rows, fields } = await client.query(expand(sql, view))
  const numbers = fields.filter(({ dataTypeID }) => NUMBERS.has(dataTypeID)).map(field => field.name)
  assert.deepEqual(numbers, ['value'], `${name}: one number`)
  const found = rows.map(({ value, ...labels }) => ({ value: Number(value), labels: labels as Labels }))
  for (const { labels } of found)
    for (const [label, text] of Object.entries(labels)) assert.equal(typeof text, 'string', `${name}: ${label}`)
  const keys = found.map(({ labels }) => JSON.stringify(labels))
  assert.equal(new Set(keys).size, keys.length, `${name}: a row for each alert`)
  return found.filter(({ value }) => value > above).map(({ labels }) => labels)
}

async function names(client: pg.Client, at: number, rules: readonly AlertRule[]): Promise<string[]> {
  const found: string[] = []
  for (const rule of rules) if ((await firing(client, rule, at)).length > 0) found.push(rule.name)
  return found
}

async function open(t: TestContext) {
  const { url } = await createDatabase()
  const store = await withReader(url)
  const [owner, reader] = [await connect(store.connection('owner')), await connect(store.connection('reader'))]
  t.after(() => Promise.all([owner.end(), reader.end()]))
  return { url, owner, reader }
}

test('every rule has a runbook', async () => {
  const rules = await readRules()
  assert.ok(rules.length >= 10)
  for (const { runbook } of rules) assert.ok(existsSync(path.join(ROOT, runbook)), runbook)
})

test('rules about Sensorium are silent on a quiet demo, and each fires on what it is for', async t => {
  const { url, owner, reader } = await open(t)
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
  t.after(() => sensorium.end('SIGTERM'))
  const endpoint = `http://127.0.0.1:${ports.http}`
  await runDemo({ minutes: 20, rate: 1, world: 'quiet', endpoint })
  for (;;) {
    const { rows } = await reader.query(
      `SELECT FROM fingerprint_texts t WHERE NOT EXISTS (SELECT FROM fingerprint_embeddings e WHERE e.fingerprint = t.fingerprint) LIMIT 1`,
    )
    const folded = await reader.query('SELECT FROM fingerprint_sightings LIMIT 1')
    if (rows.length === 0 && folded.rowCount === 0) break
  }
  const rules = await readRules()
  const one = (name: string, limits?: Record<string, number>) =>
    readRules(limits).then(all => all.filter(rule => rule.name === name))
  const quiet = Date.now()
  assert.deepEqual(await names(reader, quiet, rules), [], 'a quiet demo')

  await t.test('memory', async () => {
    const at = Date.now()
    await gauge(endpoint, at, [['process.memory.usage', 3 * 2 ** 30, {}]])
    await gauge(endpoint, at - 5 * MINUTE_MS, [['process.memory.usage', 3 * 2 ** 30, {}]])
    assert.deepEqual(await names(reader, at, await one('memory')), ['memory'])
  })

  await t.test('collector queue', async () => {
    const at = Date.now()
    for (const time of [at - 5 * MINUTE_MS, at])
      await gauge(endpoint, time, [
        ['otelcol_exporter_queue_size', 300, { exporter: 'otlp_grpc/sensorium', data_type: 'traces' }],
        ['otelcol_exporter_queue_capacity', 1_000, { exporter: 'otlp_grpc/sensorium', data_type: 'traces' }],
      ])
    assert.deepEqual(await firing(reader, (await one('collector-queue'))[0]!, at), [
      { service: 'gateway', instance: '', exporter: 'otlp_grpc/sensorium', data_type: 'traces' },
    ])
  })

  await t.test('store', async () => {
    assert.deepEqual(await names(reader, quiet, await one('store-full', { store_gib: 0.001 })), ['store-full'])
  })

  await t.test('embedding backlog', async () => {
    await owner.query(
      `DELETE FROM fingerprint_embeddings WHERE fingerprint = (SELECT min(fingerprint) FROM fingerprint_embeddings)`,
    )
    assert.deepEqual(await names(reader, quiet + 60 * MINUTE_MS, await one('embedding-backlog')), ['embedding-backlog'])
  })

  await t.test('nothing comes any more, and nobody leads', async () => {
    await sensorium.end('SIGTERM')
    const later = Date.now() + 12 * MINUTE_MS
    const silent = rules.filter(({ name }) => ['ingest-lag', 'missing-metrics', 'leader-stuck'].includes(name))
    assert.deepEqual((await names(reader, later, silent)).sort(), ['ingest-lag', 'leader-stuck', 'missing-metrics'])
  })
})

/** OTLP from a service named `gateway`. */
async function gauge(
  endpoint: string,
  at: number,
  points: readonly (readonly [name: string, value: number, attributes: Record<string, string>])[],
): Promise<void> {
  const attributesOf = (values: Record<string, string>) =>
    Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }))
  const metrics = points.map(([name, asDouble, attributes]) => ({
    name,
    gauge: { dataPoints: [{ asDouble, timeUnixNano: `${at}000000`, attributes: attributesOf(attributes) }] },
  }))
  const resource = { attributes: attributesOf({ 'service.name': 'gateway' }) }
  const response = await fetch(`${endpoint}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
  })
  assert.equal(response.status, 200, await response.text())
}

test('rules about what is found say what our own reflexes say, minute by minute', async t => {
  const { owner, reader } = await open(t)
  const start = Date.UTC(2026, 10, 23, 8)
  const { objectives } = parseAlerts(
    'alerts.yaml',
    'slos: [{ metadata: { name: pay }, spec: { service: payment, environment: prod, indicator: { bad: errors }, objectives: [{ target: 0.999 }] } }]',
  )
  const anomalies = createAnomalyReflex({
    settings: DETECT_DEFAULTS,
    exemptions: {},
    metrics: [],
    lateMs: 5_000,
    receiver: 'anomalies',
  })
  const slos = createObjectiveReflex({ objectives, lateMs: 5_000, receiver: 'slos' })
  const rules = (await readRules({ false_alarms: 0.5 })).filter(({ name }) =>
    ['incident', 'budget', 'false-alarms'].includes(name),
  )
  const fired: Record<string, number[]> = {}
  const [from, until, minutes] = [20, 30, 48]
  for (let minute = 0; minute < minutes; minute++) {
    const isBad = minute >= from && minute < until
    await storeMinutes(owner, start, minute, minute + 1, [
      { service: 'payment', operation: 'charge', at: () => ({ requests: 80, errors: isBad ? 30 : 0 }) },
    ])
    const now = start + (minute + 1) * MINUTE_MS + 10_000
    await anomalies.round(owner, now)
    await slos.round(owner, now)
    await incidentRound(owner, { settings: INCIDENT_DEFAULTS, receiver: 'incidents', ownerOf: () => undefined }, now)
    if (minute === from + 5) {
      const [incident] = await listIncidents(owner, { isOpen: true, since: new Date(0), limit: 1 })
      await acknowledgeIncident(owner, incident!.id, { by: 'nana', why: 'load test', isTrue: false })
    }
    for (const name of await names(reader, now, rules)) fired[name] = [...(fired[name] ?? []), minute]
  }
  for (const name of ['incident', 'budget']) {
    const [first, last] = [fired[name]?.[0] ?? -1, fired[name]?.at(-1) ?? -1]
    assert.ok(first >= from && first <= from + 3, `${name} fires at once: ${fired[name]}`)
    assert.ok(last >= until - 1 && last < minutes - 1, `${name} ends: ${fired[name]}`)
  }
  assert.equal(fired['false-alarms'], undefined)
  assert.deepEqual(await names(reader, Date.now() + 1_000, rules), ['false-alarms'])
  assert.deepEqual(
    await names(reader, start + 25 * MINUTE_MS, rules),
    ['incident', 'budget'],
    'any time can be asked again',
  )
})
