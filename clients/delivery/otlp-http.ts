import { askInBackground } from './background-post.ts'
import type { Outcome } from './delivery.ts'
import { readPairs, type Variables } from './environment.ts'
import { environmentOf } from './on-exit.ts'
import { outcomeOf } from './post.ts'

/** A signal's name in variables, its path, and what an answer counts that was left out. */
const SIGNALS = {
  traces: { name: 'TRACES', path: '/v1/traces', rejected: 'rejectedSpans' },
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
 * `endpoint`, SENSORIUM_OTLP_URL and OTEL_EXPORTER_OTLP_ENDPOINT are a base, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT and its like
 * are used as they stand. Undefined when none is set, and where OpenTelemetry's variables switch the signal off. Throws a
 * TypeError for what is no http URL.
 */
export function targetOf(
  signal: Signal,
  endpoint: string | undefined,
  variables: Variables = environmentOf(),
): Target | undefined {
  if (isOff(signal, variables)) return undefined
  const { name, path } = SIGNALS[signal]
  const of = (variable: string) => variables[variable]?.trim() || undefined
  const own = endpoint || of('SENSORIUM_OTLP_URL')
  const base = own ?? of('OTEL_EXPORTER_OTLP_ENDPOINT')
  const whole = own === undefined ? of(`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`) : undefined
  const text = whole ?? (base === undefined ? undefined : base.replace(/\/+$/, '') + path)
  if (text === undefined) return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`${text} is no http URL`)
  const given = readPairs(of(`OTEL_EXPORTER_OTLP_${name}_HEADERS`) ?? of('OTEL_EXPORTER_OTLP_HEADERS'))
  const headers = Object.fromEntries(Object.entries(given).map(([key, value]) => [key.toLowerCase(), value]))
  // The token is Sensorium's: it goes nowhere that was not named as Sensorium.
  const token = own === undefined ? undefined : of('SENSORIUM_TOKEN')
  return {
    signal,
    url: url.href,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
      'content-type': 'application/json',
    },
  }
}

/** OTEL_SDK_DISABLED is of all signals, OTEL_LOGS_EXPORTER=none and its like of one. */
export function isOff(signal: Signal, variables: Variables = environmentOf()): boolean {
  const of = (variable: string) => variables[variable]?.trim().toLowerCase()
  return of('OTEL_SDK_DISABLED') === 'true' || of(`OTEL_${SIGNALS[signal].name}_EXPORTER`) === 'none'
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
