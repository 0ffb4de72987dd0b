import type { ComponentChildren } from 'preact'
import { withFilter, withoutFilter } from '../../../../analysis/record-query/edit.ts'
import { tokensOf } from '../../../../analysis/record-query/tokens.ts'
import type { RecordCountsAnswer } from '../../../api/search.ts'
import { Counted, Text } from '../../parts/basics.tsx'

const TITLES: Readonly<Record<string, string>> = {
  service: 'Service',
  env: 'Environment',
  level: 'Level',
  kind: 'Kind',
  operation: 'Name',
  error: 'Error type',
  release: 'Release',
  node: 'Node',
}

interface FacetsProps {
  readonly facets: RecordCountsAnswer['facets']
  readonly q: string
  readonly basis: ComponentChildren
  readonly onAsk: (text: string) => void
}

/** What the found records are, with counts: a click filters by it, the minus takes it out. */
export function Facets({ facets, q, basis, onAsk }: FacetsProps) {
  const chosen = new Set(
    tokensOf(q).flatMap(({ key, values, negated }) =>
      key === undefined || negated ? [] : values.map(value => `${key}:${value}`),
    ),
  )
  return (
    <aside class="facets" aria-label="Filters">
      <details open={innerWidth > 900}>
        <summary>
          Filters <span class="unit">of {basis}</span>
        </summary>
        {facets.map(({ field, values }) => (
          <section key={field}>
            <h3>
              {TITLES[field] ?? field} <span class="unit">records</span>
            </h3>
            <ul>
              {values.map(({ value, count }) => {
                const isChosen = chosen.has(`${field}:${value}`)
                return (
                  <li key={value}>
                    <button
                      type="button"
                      class="plain facet"
                      aria-pressed={isChosen}
                      onClick={() => onAsk(isChosen ? withoutFilter(q, field, value) : withFilter(q, field, value))}
                    >
                      <span>
                        <Text max={80}>{value}</Text>
                      </span>
                      <Counted value={count} unit="records" />
                    </button>
                    <button
                      type="button"
                      class="plain facet-not"
                      title="Leave these out"
                      aria-label={`Leave out ${field} ${value.slice(0, 80)}`}
                      onClick={() => onAsk(withFilter(q, field, value, true))}
                    >
                      −
                    </button>
                  </li>
                )
              })}
            </ul>
          </section>
        ))}
      </details>
    </aside>
  )
}
