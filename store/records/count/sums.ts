export interface Bar {
  /** Milliseconds since 1970. */
  readonly at: number
  /** By level. */
  readonly counts: Readonly<Record<string, number>>
}

export interface Facet {
  readonly field: string
  readonly values: readonly { readonly value: string; readonly count: number }[]
}

export interface Pattern {
  readonly fingerprint: string
  readonly template: string
  readonly level: string
  readonly kind: string
  readonly services: readonly string[]
  readonly count: number
  /** In a range as long, right before. Undefined where that was not counted. */
  readonly before?: number
  /** Of each bar. */
  readonly trend: readonly number[]
}

export interface RecordCounts {
  readonly total: number
  readonly barMs: number
  readonly bars: readonly Bar[]
  readonly facets: readonly Facet[]
  readonly patterns: readonly Pattern[]
  /**
   * `minutes`: all records that have a pattern, counted by the minute as they were stored. `newest`: of the newest
   * records alone, so many as `total` says, back to `countedFrom`.
   */
  readonly basis: 'minutes' | 'newest'
  readonly countedFrom: string
}

export const PATTERNS_MAX = 50
const FACET_VALUES_MAX = 12

/** What bars are of, in milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly barMs: number
}

/** So many records at a time. */
interface Count {
  readonly at: number
  readonly count: number
}

/** What is known of a pattern in one service. */
export interface Told extends Pick<Pattern, 'fingerprint' | 'template' | 'level' | 'kind'> {
  readonly service: string
  readonly counts: readonly Count[]
}

/** What lies beyond the ends counts in the first bar and the last. */
function placesOf({ from, to, barMs }: Span) {
  const first = Math.floor(from / barMs) * barMs
  const length = Math.max(1, Math.ceil((to - first) / barMs))
  return { first, length, of: (at: number) => Math.min(length - 1, Math.max(0, Math.floor((at - first) / barMs))) }
}

export function barsOf(span: Span, counts: Iterable<Count & { readonly level: string }>): Bar[] {
  const places = placesOf(span)
  const bars = Array.from({ length: places.length }, () => new Map<string, number>())
  for (const { at, level, count } of counts) add(bars[places.of(at)]!, level, count)
  return bars.map((bar, i) => ({ at: places.first + i * span.barMs, counts: Object.fromEntries(bar) }))
}

/** Sums by the values of each field; no value is none. */
export function facetsOf(
  counts: Iterable<{ readonly count: number; readonly values: Readonly<Record<string, string>> }>,
): Facet[] {
  const facets = new Map<string, Map<string, number>>()
  for (const { count, values } of counts) {
    for (const [field, value] of Object.entries(values)) {
      if (value === '') continue
      const sums = facets.get(field) ?? new Map<string, number>()
      facets.set(field, sums)
      add(sums, value, count)
    }
  }
  return [...facets].map(([field, sums]) => ({
    field,
    values: [...sums]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, FACET_VALUES_MAX),
  }))
}

/** The most frequent first. */
export function patternsOf(span: Span, all: Iterable<Told>): Pattern[] {
  const places = placesOf(span)
  const patterns = new Map<
    string,
    Omit<Pattern, 'services'> & { services: Set<string>; count: number; trend: number[] }
  >()
  for (const { service, counts, ...one } of all) {
    if (one.fingerprint === '') continue
    const known = patterns.get(one.fingerprint)
    const pattern = known ?? { ...one, services: new Set(), count: 0, trend: Array<number>(places.length).fill(0) }
    patterns.set(one.fingerprint, pattern)
    pattern.services.add(service)
    for (const { at, count } of counts) {
      pattern.count += count
      pattern.trend[places.of(at)]! += count
    }
  }
  return [...patterns.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, PATTERNS_MAX)
    .map(({ services, ...one }) => ({ ...one, services: [...services].sort() }))
}

function add(sums: Map<string, number>, key: string, count: number): void {
  sums.set(key, (sums.get(key) ?? 0) + count)
}
