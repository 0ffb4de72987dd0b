import type { DemoDatabase } from './demo-data.ts'
import type { Chosen, View } from './expand.ts'
import type { Dashboard } from './read-dashboards.ts'

const UNIT_S = { h: 3_600, d: 86_400 }
const POINTS = 700

/** A dashboard as it is opened: its own range, All where there is All, and otherwise the values given. */
export function viewOf(dashboard: Dashboard, { to }: Pick<DemoDatabase, 'to'>, values: Record<string, Chosen>): View {
  const own = dashboard.templating.list.filter(({ type }) => type !== 'datasource')
  const first = ({ name, includeAll }: { name: string; includeAll?: boolean }) =>
    values[name] ?? (includeAll ? '$__all' : '')
  const [, count, unit] = /^now-(\d+)([hd])$/.exec(dashboard.time.from) ?? []
  const rangeS = Number(count) * UNIT_S[unit as 'h' | 'd'] // the expression has found one of these
  return {
    from: new Date(+to - 1_000 * rangeS),
    to,
    intervalS: Math.max(60, Math.ceil(rangeS / POINTS)),
    variables: Object.fromEntries(own.map(one => [one.name, first(one)])),
    allValues: Object.fromEntries(
      own.flatMap(({ name, allValue }) => (allValue === undefined ? [] : [[name, allValue]])),
    ),
    timescaledb: false,
  }
}
