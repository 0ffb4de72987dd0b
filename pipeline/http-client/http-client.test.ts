import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHttpService } from '../../tests/told/http-service.ts'
import { DeliveryError } from '../destination.ts'
import { type DeliveryRequest, deliverHttp } from './deliver.ts'
import { limitPauseMs, retryAfterMs } from './rate-limit.ts'

const SIGNAL = new AbortController().signal

function requestTo(url: string, more: Partial<DeliveryRequest> = {}): DeliveryRequest {
  return { method: 'POST', url, body: '{}', timeoutMs: 2_000, signal: SIGNAL, secrets: [], ...more }
}

async function faultOf(request: DeliveryRequest): Promise<DeliveryError> {
  try {
    await deliverHttp(request)
  } catch (error) {
    if (error instanceof DeliveryError) return error
    throw error
  }
  assert.fail('it was delivered')
}

test('what a failure means for the message: unsent, to be mended, refused, or not known', async t => {
  const server = await openHttpService()
  t.after(server.close)
  const meanings = [
    [{ status: 429 }, 'unsent'],
    [{ status: 503 }, 'unsent'],
    [{ status: 500 }, 'unsent'],
    [{ status: 502 }, 'lost'],
    [{ status: 504 }, 'lost'],
    [{ isLost: true }, 'lost'],
    [{ status: 401 }, 'misconfigured'],
    [{ status: 404 }, 'misconfigured'],
    [{ status: 302, headers: { location: '/elsewhere' } }, 'misconfigured'],
    [{ status: 400 }, 'refused'],
    [{ status: 413 }, 'refused'],
  ] as const
  for (const [answer, fault] of meanings) {
    server.script.push(answer)
    assert.equal((await faultOf(requestTo(server.url))).fault, fault, JSON.stringify(answer))
  }
  assert.equal(server.requests.length, meanings.length, 'no redirect was followed')
  server.script.push({ isHeld: true })
  const late = await faultOf(requestTo(server.url, { timeoutMs: 200 }))
  assert.deepEqual([late.fault, /no answer within 0.2 s/.test(late.message)], ['lost', true])
  assert.equal((await faultOf(requestTo('http://127.0.0.1:9/'))).fault, 'unsent', 'nobody listens')
  assert.equal((await faultOf(requestTo('http://no-such-host.invalid/'))).fault, 'unsent')
  assert.equal((await faultOf(requestTo(server.url.replace('http:', 'https:')))).fault, 'unsent', 'TLS did not begin')
})

test('no secret is read in an error, even if the answer holds it, nor is the path of an address', async t => {
  const server = await openHttpService(({ body, headers }) => ({
    status: 400,
    body: `${headers.authorization} ${body}`,
  }))
  t.after(server.close)
  const secrets = ['token-4711', 'key-4711']
  const error = await faultOf(
    requestTo(`${server.url}/hooks/path-4711`, {
      headers: { authorization: 'Bearer token-4711' },
      body: '{"key":"key-4711"}',
      secrets,
    }),
  )
  assert.equal(error.message, `${server.url} answers 400: Bearer *** {"key":"***"}`)
})

test('how long a destination wants to be left alone: seconds, a date, or the reset of a limit that is used up', () => {
  const now = Date.parse('2026-11-30T10:00:00Z')
  const asked: [Record<string, string>, number][] = [
    [{}, 0],
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': 'Mon, 30 Nov 2026 10:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Mon, 30 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, 0],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '12' }, 12_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 5) }, 5_000],
    [{ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '12' }, 0],
  ]
  for (const [headers, ms] of asked) assert.equal(retryAfterMs(headers, now), ms, JSON.stringify(headers))
  assert.equal(limitPauseMs({ 'retry-after': '7' }, now), 0)
})
