import { durationText } from '../format.ts'
import { FailedShare, shareOf } from './failed-share.tsx'
import { type Column, countColumn } from './table.tsx'

/** What a row says of its requests. */
interface Red {
  readonly requests: number
  readonly errors: number
  readonly p50Ms?: number | undefined
  readonly p95Ms?: number | undefined
  readonly p99Ms?: number | undefined
}

function duration(name: string, title: string, of: (row: Red) => number | undefined, isMinor = false): Column<Red> {
  return {
    ...{ name, title, isNumber: true, isMinor },
    by: row => of(row) ?? 0,
    cell: row => {
      const ms = of(row)
      return <span class="num">{ms === undefined ? '–' : durationText(ms)}</span>
    },
  }
}

/** Requests, errors and durations, as every table of them has them. */
export const RED_COLUMNS: readonly Column<Red>[] = [
  countColumn('requests', 'Requests', 'requests', row => row.requests),
  {
    name: 'errors',
    title: 'Errors',
    isNumber: true,
    by: ({ errors, requests }) => shareOf({ failed: errors, of: requests }),
    cell: ({ errors, requests }) => <FailedShare failed={errors} of={requests} />,
  },
  duration('p50', 'Median', row => row.p50Ms, true),
  duration('p95', 'p95', row => row.p95Ms),
  duration('p99', 'p99', row => row.p99Ms, true),
]
