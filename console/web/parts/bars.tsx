import type { Comparison } from '../../contract.ts'
import { shareText } from '../format.ts'
import { Text } from './basics.tsx'

interface BarsProps {
  readonly rows: readonly Comparison[]
  readonly label: string
  /** What the two sets are, such as `failing requests`. */
  readonly badIs?: string
  readonly goodIs?: string
}

/** What bad ones have in common that good ones have not, as pairs of bars. */
export function Bars({ rows, label, badIs = 'of the failures', goodIs = 'of the others' }: BarsProps) {
  return (
    <ul class="bars" aria-label={label}>
      {rows.map(({ traits, also, bad, good }) => (
        <li key={JSON.stringify(traits)}>
          <div class="bars-name">
            {traits.map(({ key, value }, i) => (
              <span key={key}>
                {i > 0 && <span class="unit"> and </span>}
                <Trait name={key} value={value} />
              </span>
            ))}
            {also.length > 0 && (
              <span class="unit" title={also.map(({ key, value }) => `${key} = ${value}`).join('\n')}>
                {' '}
                the same as <Text max={120}>{also.map(({ key }) => key).join(', ')}</Text>
              </span>
            )}
          </div>
          <div class="bars-pair">
            <div class="bar-track">
              <div class="bar bad" style={{ width: `${Math.max(0.5, bad * 100)}%` }} />
            </div>
            <span class="num">
              {shareText(bad)} {badIs}
            </span>
            <div class="bar-track">
              <div class="bar good" style={{ width: `${Math.max(0.5, good * 100)}%` }} />
            </div>
            <span class="num">
              {shareText(good)} {goodIs}
            </span>
          </div>
        </li>
      ))}
    </ul>
  )
}

function Trait({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <Text max={120}>{name}</Text>
      {/^[≥<] /.test(value) ? ' ' : ' = '}
      <strong>
        <Text max={160}>{value}</Text>
      </strong>
    </>
  )
}
