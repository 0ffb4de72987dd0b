import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { OverloadedError, PermanentError, RejectedRecordsError, UnavailableError } from '../../pipeline/errors.ts'
import { type Batch, type Item, SIGNALS, type Signal } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { decodeRequest } from '../../receivers/otlp/wire/index.ts'
import { batchOf, markOf } from '../../tests/contract/batches.ts'
import { type Destination, type Fault, testComponent } from '../../tests/contract/index.ts'
import { encodeRequest } from './encode.ts'
import { otlpExporter } from './index.ts'

const LIMITS = { maxNesting: 64, maxRecords: 1_000_000 }
const NEVER = new AbortController().signal

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** An OTLP/HTTP receiver that keeps what it acknowledges. */
async function openCollector() {
  const requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[] = []
  const collector = { requests, answer: (): Answer => ({ status: 200, body: '{}' }), url: '', close: async () => {} }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { status, headers, body } = collector.answer()
      const bytes = Buffer.concat(chunks)
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
      if (status < 300) requests.push({ path: request.url ?? '', headers: request.headers, body: plain })
      response.writeHead(status, headers).end(body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  collector.close = async () => {
    server.closeAllConnections()
    server.close()
  }
  return collector
}

const STATUSES: Record<Fault, number> = { retryable: 503, permanent: 400 }

testComponent(otlpExporter, {
  destination: async (): Promise<Destination> => {
    const collector = await openCollector()
    return {
      settings: { endpoint: collector.url },
      answer(fault) {
        collector.answer = () => (fault === undefined ? { status: 200, body: '{}' } : { status: STATUSES[fault] })
      },
      arrived: async () =>
        collector.requests.flatMap(
          ({ path, body }) =>
            decodeRequest(path.slice('/v1/'.length) as Signal, body, 'json', LIMITS).items.map(markOf), // one of ours
        ),
      close: collector.close,
    }
  },
})

for (const signal of SIGNALS) {
  test(`${signal}: what is encoded is decoded to the same records`, () => {
    fc.assert(
      fc.property(batchOf(signal), batch => {
        const decoded = decodeRequest(signal, Buffer.from(encodeRequest(batch as Batch)), 'json', LIMITS)
        assert.deepEqual(decoded.rejected, [])
        assert.deepEqual(decoded.items.map(comparable), batch.items.map(comparable))
      }),
      { numRuns: 300 },
    )
  })
}

/**
 * The fingerprint is not of OTLP, where only sums are monotonic, gauges and summaries have no temporality and summaries
 * no exemplars; JSON has no zero with a sign.
 */
function comparable(item: Item): unknown {
  const { fingerprint: _, ...rest } = { fingerprint: undefined, ...item }
  if ('metric' in rest && rest.metric.type !== 'sum') {
    const exemplars = rest.metric.type === 'summary' ? [] : rest.exemplars
    const hasTemporality = rest.metric.type === 'histogram' || rest.metric.type === 'exponential_histogram'
    const temporality = hasTemporality ? rest.metric.temporality : 0
    return unsigned({ ...rest, exemplars, metric: { ...rest.metric, temporality, isMonotonic: false } })
  }
  return unsigned(rest)
}

function unsigned(value: unknown): unknown {
  if (typeof value === 'number') return value + 0
  if (Array.isArray(value)) return value.map(unsigned)
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, unsigned(inner)]))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unsigned(inner)]))
}

const [BATCH] = fc.sample(
  batchOf('logs').filter(({ items }) => items.length > 1),
  1,
) as [Batch]

async function open(settings: object = {}) {
  const collector = await openCollector()
  const context = testContext('otlp')
  const parsed = otlpExporter.config.parse({ endpoint: `${collector.url}/`, ...settings })
  const { consume } = otlpExporter.create(parsed, () => Promise.reject(new Error('called next')), context)
  return { collector, booked: context.counts.booked, consume: (batch: Batch) => consume!(batch, NEVER) }
}

test('the headers of the configuration and the compression are those of the request', async t => {
  const { collector, consume } = await open({ headers: { authorization: 'Bearer t' }, compression: 'none' })
  t.after(collector.close)
  await consume(BATCH)
  const [{ path, headers }] = collector.requests as [(typeof collector.requests)[0]]
  assert.deepEqual(
    [path, headers.authorization, headers['content-encoding'], headers['content-type']],
    ['/v1/logs', 'Bearer t', undefined, 'application/json'],
  )
})

test('a batch that was delivered is not sent again, also when two copies come at once', async t => {
  const { collector, consume, booked } = await open()
  t.after(collector.close)
  await Promise.all([consume(BATCH), consume(BATCH)])
  await consume(BATCH)
  assert.equal(collector.requests.length, 1)
  assert.equal(booked.get('stored otlp'), BATCH.items.length)
})

test('records that the receiver refuses are told; the others count as stored', async t => {
  const { collector, consume, booked } = await open()
  t.after(collector.close)
  collector.answer = () => ({ status: 200, body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}' })
  await assert.rejects(consume(BATCH), error => error instanceof RejectedRecordsError && error.rejected === 1)
  assert.equal(booked.get('stored otlp'), BATCH.items.length - 1)
})

test('what an answer means for the sender: wait as long as it says, or give up', async t => {
  const { collector, consume } = await open({ timeout_ms: 100 })
  collector.answer = () => ({ status: 429, headers: { 'retry-after': '7' }, body: 'full' })
  await assert.rejects(
    consume(BATCH),
    error => error instanceof UnavailableError && error.retryAfterMs === 7_000 && /429: full/.test(error.message),
  )
  collector.answer = () => ({ status: 404, body: 'nothing here' })
  await assert.rejects(
    consume(BATCH),
    error => error instanceof PermanentError && /404: nothing here/.test(error.message),
  )
  await collector.close()
  await assert.rejects(
    consume(BATCH),
    error =>
      error instanceof UnavailableError && !(error instanceof OverloadedError) && /does not answer/.test(error.message),
  )
  t.after(collector.close)
})
