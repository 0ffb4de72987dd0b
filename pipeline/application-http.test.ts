import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApplicationHttp } from './application-http.ts'
import { createReadiness } from './readiness.ts'

const app = createApplicationHttp({ expose: async () => '', readiness: createReadiness() })
for (const path of ['/ingest/:product', '/ingest/ci', '/api/node/telemetry', '/loki/api/v1/push'])
  app.all(path, c => c.body(null, 204))

const HINTS: readonly (readonly [path: string, hint: string])[] = [
  ['/ingest/', 'try /ingest/PRODUCT or /ingest/ci'],
  ['/ingest/buddy/', 'try /ingest/PRODUCT or /ingest/ci'],
  ['/ingest', 'try /ingest/PRODUCT or /ingest/ci'],
  ['/api/node/telemetries', 'try /api/node/telemetry'],
  ['/loki/api/v1/labels', 'try /loki/api/v1/push'],
  ['/', 'try /healthz, /readyz or /metrics'],
  ['/nope', 'try /healthz, /readyz or /metrics'],
]
test('an address that is none is answered with those that begin like it, and with the request’s id', async () => {
  for (const [path, hint] of HINTS) {
    const response = await app.request(path, { method: 'POST', headers: { 'x-request-id': 'mine' } })
    assert.deepEqual(
      [response.status, await response.json(), response.headers.get('x-request-id')],
      [404, { error: `there is nothing at ${path}; ${hint}`, request_id: 'mine' }, 'mine'],
    )
  }
})
