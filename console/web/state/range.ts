import { param, setParams } from './router.ts'

/** The ranges that the bar offers. */
export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d'] as const
export const DEFAULT_RANGE = '1h'

/** As every endpoint with `rangeQuery` takes it. */
export function rangeParams(): Record<string, string | undefined> {
  const [from, to] = [param('from'), param('to')]
  return { ...(from === undefined ? { range: param('range') ?? DEFAULT_RANGE } : { from, to }), env: param('env') }
}

/** The range that was drawn on a chart; back undoes it. */
export const zoomTo = (from: number, to: number) =>
  setParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), range: undefined }, { push: true })
