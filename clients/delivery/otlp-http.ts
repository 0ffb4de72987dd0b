import { askInBackground } from './background-post.ts'
import type { Outcome } from './delivery.ts'
import { environmentOf } from './on-exit.ts'
import { outcomeOf } from './post.ts'

/** A signal's name in variables, its path, and what an answer counts that was left out. */
const SIGNALS = {
  logs: { name: 'LOGS', path: '/v1/logs', rejected: 'rejectedLogRecords' },
  metrics: { name: 'METRICS', path: '/v1/metrics', rejected: 'rejectedDataPoints' },
} as const

type Signal = keyof typeof SIGNALS

/** Where OTLP goes, by OpenTelemetry's rules for the environment. */
export interface Target {
  readonly signal: Signal
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * `endpoint` and OTEL_EXPORTER_OTLP_ENDPOINT are a base, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT and its like are used as they
 * stand. Undefined when none is set. Throws a TypeError for what is no http URL.
 */
export function targetOf(signal: Signal, endpoint: string | undefined): Target | undefined {
  const environment = environmentOf()
  const { name, path } = SIGNALS[signal]
  const own = endpoint === undefined ? environment[`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`]?.trim() : undefined
  const base = endpoint ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT?.trim()
  const text = own || (base ? base.replace(/\/+$/, '') + path : '')
  if (text === '') return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`${text} is no http URL`)
  const given = environment[`OTEL_EXPORTER_OTLP_${name}_HEADERS`] ?? environment.OTEL_EXPORTER_OTLP_HEADERS ?? ''
  return { signal, url: url.href, headers: { ...headersOf(given), 'content-type': 'application/json' } }
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
export interface OtlpAnswer {
  readonly outcome: Outcome
  readonly rejected: number
  readonly reason: string
}

/** One request in JSON. Rejects, to be tried again, when there is no answer. */
export async function sendTo({ signal, url, headers }: Target, body: string, abort: AbortSignal): Promise<OtlpAnswer> {
  const answer = await askInBackground(url, { headers, body }, abort)
  const outcome = outcomeOf(answer)
  if (outcome === 'sent') return { outcome, ...partialSuccess(answer.text, SIGNALS[signal].rejected) }
  return { outcome, rejected: 0, reason: 'refused' in outcome ? outcome.refused : outcome.retry }
}

/** OTLP's `partial_success`: accepted but for some records, which must not be sent again. */
function partialSuccess(text: string, key: string): { rejected: number; reason: string } {
  try {
    // The answer of an OTLP receiver; anything else has no such key or is no JSON.
    const { partialSuccess: partial } = JSON.parse(text) as { partialSuccess?: Record<string, unknown> }
    return { rejected: Number(partial?.[key] ?? 0) || 0, reason: String(partial?.errorMessage ?? '') }
  } catch {
    return { rejected: 0, reason: '' }
  }
}
