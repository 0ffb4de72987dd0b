import { countText, durationText, shareText } from '../format.ts'
import { Badge } from './basics.tsx'
import type { Column } from './table.tsx'

/** What a row says of its requests. */
interface Red {
  readonly requests: number
  readonly errors: number
  readonly p50Ms?: number | undefined
  readonly p95Ms?: number | undefined
  readonly p99Ms?: number | undefined
}

const NOTABLE = 0.005
const BAD = 0.05

const shareOf = ({ requests, errors }: Red) => (requests === 0 ? 0 : errors / requests)

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
  {
    name: 'requests',
    title: 'Requests',
    isNumber: true,
    by: row => row.requests,
    cell: row => <span class="num">{countText(row.requests)}</span>,
  },
  {
    name: 'errors',
    title: 'Errors',
    isNumber: true,
    by: shareOf,
    cell: row =>
      row.errors === 0 ? (
        <span class="unit">none</span>
      ) : (
        <Badge tone={shareOf(row) > BAD ? 'bad' : shareOf(row) > NOTABLE ? 'warn' : 'quiet'}>
          {shareText(shareOf(row))}
        </Badge>
      ),
  },
  duration('p50', 'Median', row => row.p50Ms, true),
  duration('p95', '95 %', row => row.p95Ms),
  duration('p99', '99 %', row => row.p99Ms, true),
]
