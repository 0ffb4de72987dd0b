/** What is watched: a whole service, one of its operations, its calls of somebody else, a problem, a named metric. */
export type SeriesKind = 'service' | 'operation' | 'edge' | 'problem' | 'metric'

export interface Series {
  readonly kind: SeriesKind
  readonly environment: string
  readonly service: string
  /** The operation, who is called, the fingerprint in hex, the metric; empty for a whole service. */
  readonly name: string
  /** Of a problem, the worst SeverityNumber of OpenTelemetry; no part of its key. */
  readonly severityNumber?: number
  /** Of a problem, the beginning of its template: what people call it; no part of its key. */
  readonly title?: string
}

/** One text for each series, the same in every process. */
export function seriesKey({ kind, environment, service, name }: Series): string {
  return JSON.stringify([kind, environment, service, name])
}

/** How long the requests of a minute took, of whatever sketch they are kept in. */
export interface Durations {
  readonly count: number
  /** How many took longer. */
  above(ms: number): number
  /** Each bucket's middle, in ms, and how many are in it. */
  buckets(): Iterable<readonly [ms: number, count: number]>
}

/** What a series did in one minute. A minute without any is told as such: silence is news, too. */
export interface SeriesMinute {
  /** Start of the minute, ms since 1970. */
  readonly time: number
  /** Requests of a service, an operation or an edge; records of a problem. */
  readonly count: number
  readonly errors: number
  readonly durations?: Durations | undefined
}

export const MINUTE_MS = 60_000

/** What about a series is unusual. */
export type MetricName = 'error_rate' | 'latency_p95' | 'requests' | 'records' | 'uptime' | (string & {})

export type AnomalyType = 'drift' | 'regression' | 'spike' | 'drop' | 'silence' | 'sla_breach'

/** What one signal says of one minute. */
export interface Verdict {
  readonly time: number
  /** Beyond what chance does: an episode begins here. */
  readonly isAnomalous: boolean
  /** Not as usual, though perhaps by chance: an episode that has begun goes on. */
  readonly isOff: boolean
  /** By what this minute alone has. */
  readonly isOffNow: boolean
  /** This minute alone has more bad ones than it mostly has: too little to say anything by itself. */
  readonly isRaised?: boolean
  /** Share of the bad ones in this minute alone, where it is a share that is watched. */
  readonly badShare?: number
  /** Nothing happened from which anything could be told. */
  readonly isBlank: boolean
  /** How likely chance alone makes as much. */
  readonly chance: number
  /** Over all the minutes that it rests on. */
  readonly seen: number
  /** In this minute alone. */
  readonly now: number
  readonly expected: number
  /** Minutes that the verdict rests on: an episode began at the first of them. */
  readonly minutes: number
  readonly type: AnomalyType
}
