import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import type { Component, Definition } from '../../pipeline/component.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { advance } from '../../store/jobs/state.ts'
import { storeMinutes } from '../../store/reflexes/testing/requests.ts'
import { createDatabase, type TestDatabase } from '../../tests/postgres.ts'
import { anomalies } from './anomalies.ts'
import { incidents } from './incidents.ts'

const MINUTE = 60_000

/** Runs a receiver until it has handed on a finding of this event; `fails` times what it hands on is not taken. */
async function firstOf(
  t: TestContext,
  { database }: TestDatabase,
  definition: Definition,
  event: string,
  { fails = 0 } = {},
): Promise<{ readonly id: string; readonly record: LogRecord; readonly tried: readonly string[] }> {
  const tried: string[] = []
  const found = Promise.withResolvers<{ id: string; record: LogRecord }>()
  const component: Component = definition.create(
    definition.config.parse({ interval_ms: 100 }),
    async batch => {
      tried.push(batch.id)
      if (tried.length <= fails) throw new Error('the exporter is away')
      const record = batch.items[0] as LogRecord // receivers of findings emit logs
      if (record.eventName === event) found.resolve({ id: batch.id, record })
    },
    testContext(definition.type, { database }),
  )
  t.after(() => component.shutdown!(AbortSignal.timeout(10_000)))
  await component.start!(AbortSignal.timeout(10_000))
  return { ...(await found.promise), tried }
}

test('what is unusual, and the incident of it, come as log records that say what, where, since when and how bad', async t => {
  const database = await createDatabase()
  const client = new pg.Client({ connectionString: database.url, options: '-c timezone=UTC' })
  await client.connect()
  t.after(() => client.end())
  const start = Math.floor(Date.now() / MINUTE) * MINUTE - 60 * MINUTE
  const at = (minute: number) => ({ requests: 80, errors: minute >= 54 ? 30 : 1 })
  await storeMinutes(client, start, 0, 60, [{ service: 'pay', operation: 'charge', environment: 'stage', at }])
  await advance(client, 'anomalies', new Date(start + 50 * MINUTE))

  const anomaly = await firstOf(t, database, anomalies, 'anomaly.started', { fails: 2 })
  assert.equal(anomaly.tried[0], anomaly.tried[1], 'what was not taken is handed on again, under its id')
  const { resource, attributes, severityText, body } = anomaly.record
  assert.deepEqual(
    [resource.attributes.get('service.name'), resource.attributes.get('deployment.environment.name'), severityText],
    ['pay', 'stage', 'ERROR'],
  )
  assert.match(String(body), /^pay.*: expected 1\.\d % errors, saw 37\.5 % errors since \d\d:\d\d UTC$/)
  assert.equal(attributes.get('finding.kind'), 'anomaly')
  assert.equal(attributes.get('finding.since'), new Date(start + 54 * MINUTE).toISOString())
  assert.equal(attributes.get('finding.revision'), 1n)
  assert.match(anomaly.id, /^finding\/anomaly\/[0-9a-f-]{36}\/anomaly\.started\/1$/)

  const incident = await firstOf(t, database, incidents, 'incident.opened')
  assert.equal(incident.record.attributes.get('finding.title'), 'pay charge: requests fail')
  assert.match(incident.id, /^finding\/incident\/[0-9a-f]{12}\/incident\.opened\/1$/)
})
