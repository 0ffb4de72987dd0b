/** Dashboards by what they are of; the ids are ours and the same everywhere. */
export const UIDS = {
  overview: 'sensorium-overview',
  service: 'sensorium-service',
  errors: 'sensorium-errors',
  kpis: 'sensorium-kpis',
  map: 'sensorium-map',
  trace: 'sensorium-trace',
  sensorium: 'sensorium-sensorium',
  nodes: 'sensorium-nodes',
  tests: 'sensorium-tests',
  development: 'sensorium-development',
  deploys: 'sensorium-deploys',
  healing: 'sensorium-self-healing',
} as const

export type Board = keyof typeof UIDS

export interface Link {
  readonly title: string
  readonly url: string
}

/** Carried over to wherever a link leads: the datasource, the environment, the time. */
const KEPT = '${datasource:queryparam}&${environment:queryparam}&${__url_time_range}'

/** A field of the row that was clicked, as a variable of the other dashboard. */
export function to(board: Board, title: string, variables: Readonly<Record<string, string>> = {}): Link {
  const own = Object.entries(variables).map(([name, field]) => `var-${name}=${clicked(field)}&`)
  return { title, url: `/d/${UIDS[board]}?${own.join('')}${KEPT}` }
}

/** `series` is the name of the line; anything else a column of the row. */
function clicked(field: string): string {
  return field === 'series' ? '${__field.labels.metric:percentencode}' : `\${__data.fields["${field}"]:percentencode}`
}

export const toService = (field = 'service') => to('service', 'What this service does', { service: field })
export const toTrace = (field = 'trace') => to('trace', 'The trace', { trace: field })
export const toErrors = (field = 'service') => to('errors', 'Its errors and log lines', { service: field })
