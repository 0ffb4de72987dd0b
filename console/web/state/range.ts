import { param } from './router.ts'

/** The ranges that the bar offers. */
export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d'] as const
export const DEFAULT_RANGE = '1h'

/** As every endpoint with `rangeQuery` takes it. */
export function rangeParams(): Record<string, string | undefined> {
  const [from, to] = [param('from'), param('to')]
  return { ...(from === undefined ? { range: param('range') ?? DEFAULT_RANGE } : { from, to }), env: param('env') }
}
