import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { BUSY_S, type FakeService, testDestination } from '../../tests/told/destination-kit.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { openHttpService } from '../../tests/told/http-service.ts'
import { webhookConfig } from './config.ts'
import { signatureHeaders, webhookDestination } from './destination.ts'
import { webhook } from './index.ts'

await testTellingExporter(webhook, { url: 'http://127.0.0.1:9/' })

const ANSWERS = {
  unsent: { status: 503 },
  busy: { status: 429, headers: { 'retry-after': String(BUSY_S) } },
  misconfigured: { status: 401 },
  refused: { status: 422, body: 'no' },
  lost: { isLost: true },
} as const

async function open(): Promise<FakeService> {
  const server = await openHttpService()
  const settings = webhookConfig.parse({
    url: `${server.url}/told`,
    secrets: ['secret-of-the-test-1', 'secret-of-the-test-2'],
  })
  const away = { ...settings, url: 'http://127.0.0.1:9/' }
  let isAway = false
  const [there, gone] = [webhookDestination(settings), webhookDestination(away)]
  const refusing = new Set<number>()
  return {
    destination: { ...there, deliver: (...given) => (isAway ? gone : there).deliver(...given) },
    messages: () =>
      server.requests
        .filter((_, i) => !refusing.has(i))
        .map(({ headers, body }) => ({ key: String(headers['webhook-id']), text: body })),
    attempts: () => server.requests.length,
    meet: fault => {
      isAway = fault === 'away'
      if (fault === 'away') return
      if (fault !== 'lost') refusing.add(server.requests.length)
      server.script.push(ANSWERS[fault])
    },
    isBack: () => {
      isAway = false
    },
    close: server.close,
  }
}

testDestination('webhook', open)

test('the signature is over the very bytes that are sent, with each secret and the time, as Standard Webhooks have it', async t => {
  const { destination, close } = await open()
  t.after(close)
  const body = Buffer.from('{"a":"é"}')
  const headers = signatureHeaders(
    { id: 'm-1' },
    body,
    ['secret-of-the-test-1', 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0LTI='],
    1_764_500_000,
  )
  const expected = ['secret-of-the-test-1', 'secret-of-the-test-2'].map(
    secret => `v1,${createHmac('sha256', secret).update('m-1.1764500000.').update(body).digest('base64')}`,
  )
  assert.deepEqual(headers, {
    'webhook-id': 'm-1',
    'webhook-timestamp': '1764500000',
    'webhook-signature': expected.join(' '),
  })
  assert.ok(destination.recognisesRepeats)
})
