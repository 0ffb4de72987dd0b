import { withClient } from '../connect.ts'
import type { Store } from '../open.ts'
import { foldAllRed } from '../red/fold.ts'
import { keptSince } from './job.ts'
import { PERIOD_MS, type Period, roll, startOf } from './roll.ts'

export interface RangeOptions {
  readonly from: Date
  readonly to: Date
  readonly apdexMs: number
  readonly keptDays: number
  readonly onProgress?: (what: string, done: number, total: number) => void
}

export interface RangeReport {
  readonly hours: number
  readonly days: number
  /** Hours of the range that have lost their minutes: their rows were left alone. */
  readonly tooOld: number
}

/** Makes the hours and days that the range touches, each in a transaction of its own. Interrupted, it is begun again. */
export function rollRange(store: Store, options: RangeOptions): Promise<RangeReport> {
  const { from, to, apdexMs, keptDays, onProgress = () => {} } = options
  return withClient(store, 'owner', async client => {
    await foldAllRed(client)
    const kept = keptSince(new Date(), keptDays)
    const all = starts('hour', from, to)
    const hours = all.filter(hour => +hour >= +kept)
    const days = hours.length === 0 ? [] : starts('day', hours[0]!, to)
    const total = hours.length + days.length
    let done = 0
    for (const [period, periods] of [
      ['hour', hours],
      ['day', days],
    ] as const) {
      for (const start of periods) {
        onProgress(`${period} ${start.toISOString().slice(0, period === 'hour' ? 16 : 10)}`, done, total)
        await roll(client, period, start, apdexMs)
        done += 1
      }
    }
    onProgress('done', total, total)
    return { hours: hours.length, days: days.length, tooOld: all.length - hours.length }
  })
}

function starts(period: Period, from: Date, to: Date): Date[] {
  const first = +startOf(period, from)
  const count = Math.max(0, Math.ceil((+to - first) / PERIOD_MS[period]))
  return Array.from({ length: count }, (_, i) => new Date(first + i * PERIOD_MS[period]))
}
