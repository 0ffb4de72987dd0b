import { shareText } from '../format.ts'
import { Text } from './basics.tsx'

/** One trait: its share among the bad ones against its share among the good. */
export interface Comparison {
  readonly name: string
  readonly value?: string | undefined
  /** 0 to 1. */
  readonly bad: number
  readonly good: number
}

/** What bad ones have in common that good ones have not, as pairs of bars. */
export function Bars({ rows, label }: { readonly rows: readonly Comparison[]; readonly label: string }) {
  return (
    <ul class="bars" aria-label={label}>
      {rows.map(row => (
        <li key={`${row.name} ${row.value ?? ''}`}>
          <div class="bars-name">
            <Text max={120}>{row.name}</Text>
            {row.value !== undefined && (
              <>
                {' = '}
                <strong>
                  <Text max={160}>{row.value}</Text>
                </strong>
              </>
            )}
          </div>
          <div class="bars-pair">
            <div class="bar bad" style={{ width: `${Math.max(0.5, row.bad * 100)}%` }} />
            <span class="num">{shareText(row.bad)} of the failures</span>
            <div class="bar good" style={{ width: `${Math.max(0.5, row.good * 100)}%` }} />
            <span class="num">{shareText(row.good)} of the others</span>
          </div>
        </li>
      ))}
    </ul>
  )
}
