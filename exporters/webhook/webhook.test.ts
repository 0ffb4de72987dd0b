import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import path from 'node:path'
import { test } from 'node:test'
import { testDestination } from '../../tests/told/destination-kit.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { assertGolden, SAMPLE_NOTIFICATIONS } from '../../tests/told/golden.ts'
import { openHttpDestination } from '../../tests/told/http-destination.ts'
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
