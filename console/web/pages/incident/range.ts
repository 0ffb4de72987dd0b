import type { IncidentAnswer } from '../../../api/incident.ts'

export const MINUTE_MS = 60_000

type Times = Pick<IncidentAnswer, 'began_at' | 'resolved_at' | 'active_at'>

/** The time of the incident, with some of what was before and after. */
export function rangeOf({ began_at, resolved_at, active_at }: Times): { readonly from: string; readonly to: string } {
  const begin = +new Date(began_at)
  const end = Math.max(begin + 10 * MINUTE_MS, +new Date(resolved_at ?? active_at))
  const margin = Math.max(10 * MINUTE_MS, (end - begin) / 2)
  return { from: new Date(begin - margin).toISOString(), to: new Date(end + margin).toISOString() }
}
