import type { MetricName } from './series.ts'
import type { Change } from './watch.ts'

export type Severity = 'info' | 'warning' | 'error' | 'critical'

/** Numbers as people say them: three digits, with the unit. */
export function amount(value: number, metric: MetricName): string {
  // By the hour, the same words.
  switch (metric.replace(/_hour$/, '')) {
    case 'error_rate':
      return `${percent(value)} errors`
    case 'uptime':
      return `${percent(value, 2)} uptime`
    case 'latency_p95':
      return `P95 ${duration(value)}`
    case 'requests':
      return `${digits(value)} requests/min`
    case 'records':
      return `${digits(value)} records/min`
    default:
      return digits(value)
  }
}

function percent(share: number, decimals = 1): string {
  const text = (100 * share).toFixed(decimals)
  return `${text.includes('.') ? text.replace(/\.?0+$/, '') : text} %`
}

function duration(ms: number): string {
  return ms >= 10_000 ? `${digits(ms / 1000)} s` : `${digits(ms)} ms`
}

export function digits(value: number): string {
  if (!Number.isFinite(value)) return 'unknown'
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}

/** Who is meant, in the fewest words. */
export function placeOf({ series }: Pick<Change, 'series'>): string {
  switch (series.kind) {
    case 'service':
      return series.service
    case 'operation':
      return `${series.service} ${series.name}`
    case 'edge':
      return `${series.service} calling ${series.name}`
    case 'problem':
      return `${series.service}, problem ${series.title === undefined ? series.name : `"${series.title}"`}`
    case 'metric':
      return `${series.service} ${series.name}`
  }
}

/** What was expected, what was seen, since when: one sentence. */
export function sentenceOf(change: Change): string {
  const { episode, metric } = change
  const since = new Date(episode.start).toISOString().slice(11, 16)
  const seen = episode.type === 'silence' ? 'no requests' : amount(episode.peakValue, metric)
  const until = episode.end === undefined ? '' : ` until ${new Date(episode.end).toISOString().slice(11, 16)}`
  const never = metric === 'records' && episode.expected < 0.01
  const expected = never ? 'it had not occurred before' : `expected ${amount(episode.expected, metric)}`
  return `${placeOf(change)}: ${expected}, saw ${seen} since ${since} UTC${until}`
}

/** SeverityNumber ERROR: more of other log lines is worth a note. */
const SEVERITY_ERROR = 17

/** How bad it is for whoever uses the service; what only the numbers notice is at most a warning. */
export function severityOf({ episode, metric, series }: Change): Severity {
  const { type, seen, peakValue, expected } = episode
  const worst = Math.max(seen, peakValue)
  switch (metric) {
    case 'error_rate':
      if (worst >= 0.5 && series.kind === 'service') return 'critical'
      return worst - expected >= 0.02 ? 'error' : 'warning'
    case 'uptime':
      return 'critical'
    case 'requests':
      // One operation, or one caller, that is quiet may have been meant so.
      if (series.kind !== 'service') return type === 'silence' ? 'warning' : 'info'
      if (type === 'silence') return 'error'
      return type === 'drop' ? 'warning' : 'info'
    case 'records':
      return (series.severityNumber ?? SEVERITY_ERROR) >= SEVERITY_ERROR ? 'error' : 'info'
    case 'latency_p95':
      return worst >= 3 * expected ? 'error' : 'warning'
    default:
      return 'warning'
  }
}
