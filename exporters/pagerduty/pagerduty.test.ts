import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import type { FindingChange } from '../../pipeline/model/index.ts'
import { findingRecord } from '../../pipeline/testing/findings.ts'
import { testDestination } from '../../tests/told/destination-kit.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { assertGolden, SAMPLE_NOTIFICATIONS } from '../../tests/told/golden.ts'
import { openHttpDestination } from '../../tests/told/http-destination.ts'
import { openOutbox, START } from '../../tests/told/outbox.ts'
import { pagerdutyDestination } from './destination.ts'
import { pagerdutyEvent } from './event.ts'
import { pagerduty } from './index.ts'

const KEY = '0123456789abcdef0123456789abcdef'
await testTellingExporter(pagerduty, { routing_key: KEY, api_url: 'http://127.0.0.1:9' })

const open = () =>
  openHttpDestination({
    at: url =>
      pagerdutyDestination(
        pagerduty.config.parse({ routing_key: KEY, api_url: url }) as Parameters<typeof pagerdutyDestination>[0],
      ), // what its own schema makes
    respond: () => ({ status: 202, body: '{"status":"success","message":"Event processed"}' }),
    messageOf: ({ path, body }) => {
      assert.equal(path, '/v2/enqueue')
      const event = JSON.parse(body) as ReturnType<typeof pagerdutyEvent> // what we sent
      assert.ok(event.payload.summary.length <= 1_024 && event.dedup_key.length <= 255 && body.length < 512 * 1024)
      return { key: `${event.event_action} ${event.dedup_key}`, text: body }
    },
  })

testDestination('pagerduty', open)

test('pagerduty: an incident is triggered, acknowledged and resolved under one dedup_key', async t => {
  const service = await open()
  t.after(() => service.close())
  const outbox = await openOutbox(service.destination, 'pagerduty')
  t.after(() => outbox.close())
  const incident = (event: string, revision: number) =>
    outbox.accept(
      findingRecord({
        event,
        id: 'i',
        kind: 'incident',
        revision,
        since: new Date(START).toISOString(),
        at: new Date(outbox.now()).toISOString(),
      }),
    )
  for (const [event, revision] of [
    ['incident.opened', 1],
    ['incident.acknowledged', 2],
    ['incident.resolved', 3],
  ] as const) {
    await incident(event, revision)
    await outbox.pass(10 * 60_000)
  }
  const keys = service.messages().map(({ key }) => key.split(' '))
  assert.deepEqual(
    keys.map(([action]) => action),
    ['trigger', 'acknowledge', 'resolve'],
  )
  assert.equal(new Set(keys.map(([, dedup]) => dedup)).size, 1)
})

for (const [name, notification] of SAMPLE_NOTIFICATIONS) {
  test(`pagerduty: the event of ${name} is as agreed`, () => {
    const event = pagerdutyEvent(notification, {
      routing_key: 'ROUTING_KEY',
      link_base_url: 'https://sensorium.example',
    })
    const expected: FindingChange[] = ['resolved']
    assert.equal(event.event_action === 'resolve', expected.includes(notification.change))
    assertGolden(path.join(import.meta.dirname, 'testcases'), `${name}.json`, `${JSON.stringify(event, null, 2)}\n`)
  })
}
