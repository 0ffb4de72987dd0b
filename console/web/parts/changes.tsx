import type { Change } from '../../api/changes.ts'
import { href } from '../state/router.ts'
import { Text, Time } from './basics.tsx'

interface ChangesProps {
  readonly changes: readonly Change[]
  readonly from: string
  readonly to: string
}

const SHOWN = 8

/** Deploys, releases and changes of configuration on one time line, and in words. */
export function Changes({ changes, from, to }: ChangesProps) {
  if (changes.length === 0)
    return <p class="body unit">No release, deploy or change of configuration was seen in this range.</p>
  const [begin, end] = [+new Date(from), +new Date(to)]
  return (
    <>
      <div class="changes-line" aria-hidden="true">
        <div class="changes-track">
          {changes.map(change => (
            <span
              key={`${change.at} ${change.service} ${change.release ?? ''}`}
              class={change.is_return ? 'return' : ''}
              title={wordsOf(change)}
              style={{ left: `${(100 * (+new Date(change.at) - begin)) / Math.max(1, end - begin)}%` }}
            />
          ))}
        </div>
        <div class="changes-ends">
          <Time at={from} />
          <Time at={to} />
        </div>
      </div>
      <ul class="changes-list">
        {changes.slice(0, SHOWN).map(change => (
          <li key={`${change.at} ${change.service} ${change.release ?? ''}`}>
            <Time at={change.at} />
            <ChangeWords change={change} />
          </li>
        ))}
      </ul>
      {changes.length > SHOWN && <p class="body unit">{changes.length - SHOWN} earlier ones are on the time line.</p>}
    </>
  )
}

function wordsOf({ service, release, previous, what, is_return }: Change): string {
  const to = release === undefined ? what : `${previous === undefined ? '' : `${previous} → `}${release}`
  return `${service} ${to}${is_return ? ' (back to an earlier release)' : ''}`
}

export function ChangeWords({ change }: { readonly change: Change }) {
  const { service, release, previous, what, commit, title, is_return } = change
  return (
    <span>
      <a href={href('deploys', {}, { service })}>
        <Text max={100}>{service}</Text>
      </a>{' '}
      {what}
      {release !== undefined && (
        <>
          {' '}
          {previous !== undefined && (
            <>
              <Text max={60}>{previous}</Text>
              {' → '}
            </>
          )}
          <strong>
            <Text max={60}>{release}</Text>
          </strong>
        </>
      )}
      {is_return && <span class="unit"> back to an earlier release</span>}
      {commit !== undefined && (
        <span class="mono unit">
          {' '}
          <Text max={12}>{commit}</Text>
        </span>
      )}
      {title !== undefined && (
        <span class="unit">
          {' '}
          <Text max={160}>{title}</Text>
        </span>
      )}
    </span>
  )
}
