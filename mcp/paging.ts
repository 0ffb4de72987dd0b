import type { Row } from './answer.ts'

/**
 * How a list that runs from the newest back goes on: from the time of the last row that is shown, past the rows of that
 * very time that were shown. So nothing is lost and nothing comes twice, however many rows a time has and whatever comes
 * in meanwhile.
 */
export function olderRows(until: string, skip: number): (shown: readonly Row[]) => string {
  return shown => {
    const last = shown.at(-1)?.timestamp
    if (typeof last !== 'string') return 'raise limit'
    const same = shown.filter(({ timestamp }) => timestamp === last).length
    const isStill = same === shown.length && microsOf(last) === microsOf(until)
    return `for what is older send "until":"${last}","skip":${isStill ? skip + same : same}`
  }
}

/** Microseconds since 1970 of a time in ISO 8601. */
export function microsOf(time: string): number {
  const beyondMillis = /\.\d{3}(\d{1,3})/.exec(time)?.[1] ?? ''
  return Date.parse(time) * 1_000 + Number(beyondMillis.padEnd(3, '0'))
}
