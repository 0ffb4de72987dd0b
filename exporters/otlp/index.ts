import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { z } from 'zod'
import { type Context, define } from '../../pipeline/component.ts'
import { secret } from '../../pipeline/config/secret.ts'
import { errorText, PermanentError, RejectedRecordsError, UnavailableError } from '../../pipeline/errors.ts'
import { type Batch, SIGNALS } from '../../pipeline/model/index.ts'
import { encodeRequest } from './encode.ts'

const config = z.strictObject({
  endpoint: z.url().describe('Base URL of an OTLP/HTTP receiver, such as http://collector:4318.'),
  headers: secret(z.record(z.string(), z.string()))
    .default({})
    .describe('Sent with every request, such as authorization: Bearer ….'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Of the requests.'),
  timeout_ms: z.int().min(100).max(600_000).default(30_000).describe('For one request; then it is sent again.'),
})
type Settings = z.output<typeof config>

/** OTLP/HTTP, "Failures": these are sent again, all others are not. */
const RETRYABLE = new Set([429, 502, 503, 504])
const RETRY_AFTER_MS = 1_000
const RETRY_AFTER_MAX_MS = 60_000
const ANSWER_CHARS_MAX = 500
/** Batches that are remembered as delivered, about 10 MiB: who sends one of them again is answered at once. */
const REMEMBERED_MAX = 100_000

export const otlpExporter = define({
  kind: 'exporter',
  type: 'otlp',
  summary:
    'Sends records to an OTLP/HTTP receiver, such as the stock Collector. A request is acknowledged when that receiver has acknowledged it.',
  signals: SIGNALS,
  delivery: 'durable',
  config,
  examples: [
    { endpoint: 'http://127.0.0.1:4318' },
    {
      endpoint: 'https://gateway.example',
      headers: { authorization: 'Bearer token' },
      compression: 'none',
      timeout_ms: 5_000,
    },
  ],
  create: (settings, _next, context) => createOtlpExporter(settings, context),
})

const compress = promisify(gzip)

function createOtlpExporter(settings: Settings, context: Context) {
  const delivered = new Set<string>()
  const underWay = new Map<string, Promise<void>>()
  const base = settings.endpoint.replace(/\/+$/, '')

  function consume(batch: Batch, signal: AbortSignal): Promise<void> {
    const { id, account, items } = batch
    const dropped = [...account.dropped.values()].reduce((sum, count) => sum + count, 0)
    if (delivered.has(id)) {
      context.counts.deduplicated(context.id, account.receiver, batch.signal, items.length + dropped)
      return Promise.resolve()
    }
    const first = underWay.get(id)
    if (first !== undefined) return first.then(() => consume(batch, signal))
    const sending = send(batch, signal)
      .then(rejected => {
        remember(id)
        for (const [component, records] of account.dropped) {
          context.counts.dropped(component, account.receiver, batch.signal, component, records)
        }
        context.counts.stored(context.id, account.receiver, batch.signal, items.length - rejected)
        if (rejected > 0) throw new RejectedRecordsError(rejected, `${base} refuses ${rejected} of the records`)
      })
      .finally(() => underWay.delete(id))
    underWay.set(id, sending)
    return sending
  }

  function remember(id: string): void {
    if (delivered.size >= REMEMBERED_MAX) {
      for (const oldest of delivered) {
        delivered.delete(oldest)
        break
      }
    }
    delivered.add(id)
  }

  /** Resolves to how many of the records the receiver refused. */
  async function send(batch: Batch, signal: AbortSignal): Promise<number> {
    if (batch.items.length === 0) return 0
    const json = Buffer.from(encodeRequest(batch))
    const body = settings.compression === 'gzip' ? await compress(json) : json
    const headers: Record<string, string> = { ...settings.headers, 'content-type': 'application/json' }
    if (settings.compression === 'gzip') headers['content-encoding'] = 'gzip'
    let answer: { readonly status: number; readonly retryAfter: string | null; readonly text: string }
    try {
      const response = await fetch(`${base}/v1/${batch.signal}`, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(settings.timeout_ms)]),
      })
      answer = { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() }
    } catch (error) {
      signal.throwIfAborted()
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
      throw new UnavailableError(`${base} does not answer: ${errorText(cause)}`, RETRY_AFTER_MS, { cause: error })
    }
    if (answer.status >= 200 && answer.status < 300) return rejectedOf(batch, answer.text)
    const why = `${base} answers ${answer.status}: ${answer.text.slice(0, ANSWER_CHARS_MAX)}`
    if (!RETRYABLE.has(answer.status)) throw new PermanentError(why)
    const seconds = Number(answer.retryAfter ?? Number.NaN)
    const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds * 1000, RETRY_AFTER_MAX_MS) : RETRY_AFTER_MS
    throw new UnavailableError(why, Math.max(retryAfterMs, RETRY_AFTER_MS))
  }

  return { consume }
}

const REJECTED_MEMBERS = { logs: 'rejectedLogRecords', traces: 'rejectedSpans', metrics: 'rejectedDataPoints' } as const

/** `partialSuccess` of the answer. An answer that is no JSON rejects nothing: the status said that all is well. */
function rejectedOf(batch: Batch, text: string): number {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: Record<string, unknown> }
    const rejected = Number(partialSuccess?.[REJECTED_MEMBERS[batch.signal]] ?? 0)
    return Number.isInteger(rejected) ? Math.max(0, Math.min(rejected, batch.items.length)) : 0
  } catch {
    return 0
  }
}
