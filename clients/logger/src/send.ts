import type { Outcome } from '../../delivery/delivery.ts'
import { environmentOf } from '../../delivery/on-exit.ts'

/** Where OTLP goes, by OpenTelemetry's rules for the environment. */
export interface Target {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

const SIGNAL_PATH = '/v1/logs'

/**
 * `endpoint` and OTEL_EXPORTER_OTLP_ENDPOINT are a base, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT is used as it stands.
 * Undefined when none is set. Throws a TypeError for what is no http URL.
 */
export function targetOf(endpoint: string | undefined): Target | undefined {
  const environment = environmentOf()
  const own = endpoint === undefined ? environment.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT?.trim() : undefined
  const base = endpoint ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT?.trim()
  const text = own || (base ? base.replace(/\/+$/, '') + SIGNAL_PATH : '')
  if (text === '') return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`${text} is no http URL`)
  const given = environment.OTEL_EXPORTER_OTLP_LOGS_HEADERS ?? environment.OTEL_EXPORTER_OTLP_HEADERS ?? ''
  return { url: url.href, headers: { ...headersOf(given), 'content-type': 'application/json' } }
}

/** `key=value,key=value`, percent-encoded. */
function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of text.split(',')) {
    const end = pair.indexOf('=')
    if (end > 0) headers[pair.slice(0, end).trim().toLowerCase()] = decodeURIComponent(pair.slice(end + 1).trim())
  }
  return headers
}

/** What the server made of one request. `rejected` of its records were not taken, and never will be. */
export interface Answer {
  readonly outcome: Outcome
  readonly rejected: number
  readonly reason: string
}

const RETRYABLE = new Set([408, 425, 429])
const REASON_CHARS_MAX = 300
/** No server makes a client wait longer than this. */
const RETRY_AFTER_MAX_MS = 60_000

/** One OTLP/HTTP request. Rejects, to be tried again, when there is no answer. */
export async function sendTo({ url, headers }: Target, body: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: { ...headers }, body, redirect: 'error', signal })
  const text = await response.text()
  if (response.ok) return { outcome: 'sent', ...partialSuccess(text) }
  const reason = `${response.status} ${text.replace(/\s+/g, ' ').slice(0, REASON_CHARS_MAX)}`.trimEnd()
  const isRetryable = RETRYABLE.has(response.status) || response.status >= 500
  if (!isRetryable) return { outcome: { refused: reason }, rejected: 0, reason }
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = seconds >= 0 ? Math.min(seconds * 1000, RETRY_AFTER_MAX_MS) : undefined
  return { outcome: { retry: reason, retryAfterMs }, rejected: 0, reason }
}

/** OTLP's `partial_success`: accepted but for some records, which must not be sent again. */
function partialSuccess(text: string): { rejected: number; reason: string } {
  try {
    const { partialSuccess: partial } = JSON.parse(text) as {
      partialSuccess?: { rejectedLogRecords?: unknown; errorMessage?: unknown }
    } // the answer of an OTLP receiver; anything else has no such key or is no JSON
    return { rejected: Number(partial?.rejectedLogRecords ?? 0) || 0, reason: String(partial?.errorMessage ?? '') }
  } catch {
    return { rejected: 0, reason: '' }
  }
}
