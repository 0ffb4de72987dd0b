import { shareText } from '../format.ts'
import { Badge } from './basics.tsx'

/** From here on it is marked, and from here on it is bad. */
export const NOTABLE_SHARE = 0.005
export const BAD_SHARE = 0.05

interface FailedShareProps {
  readonly failed: number
  /** Of how many. */
  readonly of: number
}

export const shareOf = ({ failed, of }: FailedShareProps) => (of === 0 ? 0 : failed / of)

/** The share of what failed, as every table has it. */
export function FailedShare(props: FailedShareProps) {
  const share = shareOf(props)
  if (share === 0) return <span class="unit">none</span>
  return <Badge tone={share > BAD_SHARE ? 'bad' : share > NOTABLE_SHARE ? 'warn' : 'quiet'}>{shareText(share)}</Badge>
}
