import type { ComponentChildren } from 'preact'
import { shareText } from '../format.ts'
import { Text, Time } from './basics.tsx'

export interface Suspect {
  readonly place: number
  readonly name: string
  readonly dependency?: string | undefined
  readonly instance?: string | undefined
  readonly kind: string
  /** 0 to 1. */
  readonly confidence: number
  readonly since: string
  readonly children?: ComponentChildren
}

/** Who it may be, how sure that is, and since when. */
export function HypothesisHead({ place, name, dependency, instance, kind, confidence, since, children }: Suspect) {
  return (
    <header>
      <span class="unit num">{place}.</span>
      <strong>
        <Text max={100}>{name}</Text>
      </strong>
      {dependency !== undefined && (
        <span>
          calling <Text max={100}>{dependency}</Text>
        </span>
      )}
      {instance !== undefined && <Text max={100}>{instance}</Text>}
      <span>{kind.replaceAll('_', ' ')}</span>
      <span class="sure" aria-hidden="true">
        <span style={{ width: `${confidence * 100}%` }} />
      </span>
      <span class="num">{shareText(confidence)} sure</span>
      <span class="unit">
        since <Time at={since} />
      </span>
      {children}
    </header>
  )
}
