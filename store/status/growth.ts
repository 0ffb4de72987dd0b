const DAY_MS = 24 * 3_600_000
/** Over this long the pace is taken: a week holds its weekend. */
const PACE_DAYS = 7
/** A store that is younger is taken for this old: a day's pace from the first minutes would be a guess. */
const MIN_AGE_MS = 3_600_000
const HORIZON_DAYS = 3_650

export interface PartSize {
  readonly from: number
  readonly to: number
  readonly bytes: number
}

/** Bytes that a table gains a day, by its parts of the last week; the part of now counts for the time that has passed. */
export function growthADay(parts: readonly PartSize[], now: number, oldest: number | undefined): number {
  const since = Math.max(now - PACE_DAYS * DAY_MS, oldest ?? -Infinity)
  const recent = parts.filter(({ from, to }) => to > since && from < now && Number.isFinite(from))
  if (recent.length === 0) return 0
  const from = Math.max(since, Math.min(...recent.map(part => part.from)))
  const bytes = recent.reduce((sum, part) => {
    const lived = Math.min(part.to, now) - part.from
    const counted = Math.min(part.to, now) - Math.max(part.from, from)
    // Of a part that began before the pace's time, its share since then, unless all of it came since.
    return (
      sum + (oldest !== undefined && part.from <= oldest ? part.bytes : (part.bytes * counted) / Math.max(1, lived))
    )
  }, 0)
  return (bytes * DAY_MS) / Math.max(MIN_AGE_MS, now - from)
}

export interface Growing {
  readonly bytesADay: number
  readonly keepDays: number
  /** Days since the oldest row: expiry takes away what growth adds once they are as many as are kept. */
  readonly ageDays: number
}

/** Days until the tables have used `freeBytes` up at their pace; `undefined` when expiry sets in before that. */
export function daysUntilFull(tables: readonly Growing[], freeBytes: number): number | undefined {
  for (let day = 1; day <= HORIZON_DAYS; day++) {
    const more = tables.reduce(
      (sum, { bytesADay, keepDays, ageDays }) => sum + bytesADay * Math.min(day, Math.max(0, keepDays - ageDays)),
      0,
    )
    if (more > freeBytes) return day
  }
  return undefined
}
