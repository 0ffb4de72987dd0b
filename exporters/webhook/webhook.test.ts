import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import path from 'node:path'
import { test } from 'node:test'
import { findingRecord } from '../../pipeline/testing/findings.ts'
import { pruneNotifications } from '../../store/notifications/outbox.ts'
import { testDestination } from '../../tests/told/destination-kit.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { assertGolden, SAMPLE_NOTIFICATIONS } from '../../tests/told/golden.ts'
import { openHttpDestination } from '../../tests/told/http-destination.ts'
import { openHttpService } from '../../tests/told/http-service.ts'
import { openOutbox, START } from '../../tests/told/outbox.ts'
import { webhookConfig } from './config.ts'
import { signatureHeaders, webhookDestination } from './destination.ts'
import { webhook } from './index.ts'
import { webhookPayload } from './payload.ts'

await testTellingExporter(webhook, { url: 'http://127.0.0.1:9/' })

const SECRETS = ['secret-of-the-test-1', 'secret-of-the-test-2']

testDestination('webhook', () =>
  openHttpDestination({
    at: url => webhookDestination(webhookConfig.parse({ url: `${url}/told`, secrets: SECRETS })),
    messageOf: ({ headers, body }) => {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
      const expected = SECRETS.map(secret => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`)
      assert.equal(headers['webhook-signature'], expected.join(' '), 'signed over the bytes that came')
      assert.equal(headers['idempotency-key'], headers['webhook-id'])
      return { key: String(headers['webhook-id']), text: body }
    },
  }),
)

test('the signature is over the very bytes that are sent, with each secret and the time, as Standard Webhooks have it', () => {
  const body = Buffer.from('{"a":"é"}')
  const headers = signatureHeaders(
    { id: 'm-1' },
    body,
    ['secret-of-the-test-1', 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0LTI='],
    1_764_500_000,
  )
  const expected = SECRETS.map(
    secret => `v1,${createHmac('sha256', secret).update('m-1.1764500000.').update(body).digest('base64')}`,
  )
  assert.deepEqual(headers, {
    'webhook-id': 'm-1',
    'webhook-timestamp': '1764500000',
    'webhook-signature': expected.join(' '),
  })
})

for (const [name, notification] of SAMPLE_NOTIFICATIONS) {
  test(`webhook: the payload of ${name} is as agreed`, () => {
    const payload = webhookPayload(notification, 'https://sensorium.example')
    assertGolden(path.join(import.meta.dirname, 'testcases'), `${name}.json`, `${JSON.stringify(payload, null, 2)}\n`)
  })
}

test('webhook: a limit that is used up is heeded before anybody says no', async t => {
  const server = await openHttpService()
  t.after(server.close)
  const outbox = await openOutbox(webhookDestination(webhookConfig.parse({ url: server.url })), 'webhook')
  t.after(() => outbox.close())
  const tell = (id: string) =>
    outbox.accept(
      findingRecord({
        event: 'problem.new',
        id,
        service: id,
        since: new Date(START).toISOString(),
        routing: { group_by: ['service'], group_wait_ms: 0 },
      }),
    )
  server.script.push({ headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '40' } })
  await tell('a')
  await outbox.pass(1_000)
  await tell('b')
  await outbox.pass(37_000, 1_000)
  assert.equal(server.requests.length, 1)
  await outbox.pass(5_000, 1_000)
  assert.equal(server.requests.length, 2)
})

test('what is over is kept for 90 days, and then nothing is left of it', async t => {
  const server = await openHttpService()
  t.after(server.close)
  const outbox = await openOutbox(webhookDestination(webhookConfig.parse({ url: server.url })), 'webhook')
  t.after(() => outbox.close())
  const since = new Date(START).toISOString()
  await outbox.accept(
    findingRecord({ event: 'problem.new', id: 'a', since }),
    findingRecord({ event: 'slo.burn.started', id: 'b', since }),
  )
  await outbox.pass(60_000)
  const left = async () => {
    const tables = ['notifications', 'notification_tellings', 'notification_findings', 'notification_groups']
    const counts: number[] = []
    for (const table of tables) {
      const { rows } = await outbox.client.query(`SELECT count(*)::int AS n FROM ${table}`)
      counts.push(rows[0].n)
    }
    return counts
  }
  const DAY = 86_400_000
  await pruneNotifications(outbox.client, 'webhook', new Date(START + 89 * DAY))
  assert.deepEqual(await left(), [1, 2, 2, 1])
  await pruneNotifications(outbox.client, 'webhook', new Date(START + 91 * DAY))
  assert.deepEqual(await left(), [0, 0, 1, 1], 'what fires stays')
  await outbox.accept(findingRecord({ event: 'slo.burn.ended', id: 'b', since, at: new Date(START + 1).toISOString() }))
  await outbox.pass(60 * 60_000, 60_000)
  await outbox.client.query('DELETE FROM notifications')
  await pruneNotifications(outbox.client, 'webhook', new Date(START + 181 * DAY))
  assert.deepEqual(await left(), [0, 0, 0, 0])
})
