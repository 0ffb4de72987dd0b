import type { SlowOperation } from '../store/slow-operations.ts'
import type { Row } from './answer.ts'
import { plainRow } from './answer-text.ts'

export function rounded(value: number): number {
  return value < 100 ? Math.round(value * 10) / 10 : Math.round(value)
}

export function becameOf(before: number, after: number): string {
  return after > before ? `${rounded(after / before)} times as slow` : `${rounded(before / after)} times as fast`
}

/** What became slow since when, and whether it still is. */
export function slowRow({ service, operation, at, ended, level, before, after }: SlowOperation): Row {
  return plainRow({
    service,
    operation,
    since: new Date(at).toISOString(),
    ...(ended === undefined ? {} : { ended: new Date(ended).toISOString() }),
    [`${level}_ms_before`]: rounded(before),
    [`${level}_ms`]: rounded(after),
    became: becameOf(before, after),
  })
}
