import type { DemoDatabase } from './demo-data.ts'
import type { View } from './expand.ts'
import type { Dashboard } from './read-dashboards.ts'

/** A dashboard as it is opened: the demo's hour, All where there is All, and otherwise the values given. */
export function viewOf(
  dashboard: Dashboard,
  { from, to }: Pick<DemoDatabase, 'from' | 'to'>,
  values: Record<string, string>,
): View {
  const own = dashboard.templating.list.filter(({ type }) => type !== 'datasource')
  const first = ({ name, includeAll }: { name: string; includeAll?: boolean }) =>
    values[name] ?? (includeAll ? '$__all' : '')
  return {
    from,
    to,
    intervalS: 60,
    variables: Object.fromEntries(own.map(one => [one.name, first(one)])),
    allValues: Object.fromEntries(
      own.flatMap(({ name, allValue }) => (allValue === undefined ? [] : [[name, allValue]])),
    ),
    timescaledb: false,
  }
}
