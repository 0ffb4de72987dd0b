/** A half-open range of time, in milliseconds since 1970; an infinite bound is ±Infinity. */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * The parts of [from, to) that no range covers yet, cut at the multiples of `size`: what is to be made there. Ranges of
 * an earlier, other size stay, and the new ones fill the gaps between them.
 */
export function missingRanges(existing: readonly Range[], { from, to }: Range, size: number): Range[] {
  const sorted = existing.toSorted((a, b) => a.from - b.from)
  const missing: Range[] = []
  let at = from
  for (const range of [...sorted, { from: to, to }]) {
    if (range.to <= at && range.from < to) continue
    const end = Math.min(range.from, to)
    while (at < end) {
      const next = Math.min(gridFloor(at, size) + size, end)
      missing.push({ from: at, to: next })
      at = next
    }
    at = Math.max(at, range.to)
  }
  return missing
}

/** The piece of the grid around a moment that no range covers, to be made for rows of that moment; none if one does. */
export function rangeAround(existing: readonly Range[], at: number, size: number): Range | undefined {
  if (existing.some(({ from, to }) => from <= at && at < to)) return undefined
  const cell = { from: gridFloor(at, size), to: gridFloor(at, size) + size }
  const below = existing.filter(({ to }) => to <= at).map(({ to }) => to)
  const above = existing.filter(({ from }) => from > at).map(({ from }) => from)
  return { from: Math.max(cell.from, ...below), to: Math.min(cell.to, ...above) }
}

/** The grid lies on 1970 in UTC, so a range begins at the same moment wherever a server or a person is. */
export function gridFloor(at: number, size: number): number {
  return Math.floor(at / size) * size
}

/** `application_logs_p20261129`, with the time of day where it is not midnight in UTC. */
export function partitionName(table: string, from: number): string {
  const [date = '', time = ''] = new Date(from).toISOString().split('T')
  const minutes = time.slice(0, 5).replace(':', '')
  return `${table}_p${date.replaceAll('-', '')}${minutes === '0000' ? '' : `t${minutes}`}`
}

/** The range has ended so long ago that nothing in it is to be kept. */
export function isExpired({ to }: Range, now: Date, keepDays: number): boolean {
  return to <= +now - keepDays * 24 * 3_600_000
}
