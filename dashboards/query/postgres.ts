import type * as cog from '@grafana/grafana-foundation-sdk/cog'

/** Every panel asks the datasource that the dashboard's variable names, so no id of one installation stands in a file. */
export const DATASOURCE = { type: 'grafana-postgresql-datasource', uid: '${datasource}' }

/** `time_series`: columns time, metric and a value, one line for each metric. `table`: rows as they are. */
export type Format = 'time_series' | 'table'

export interface Query {
  readonly sql: string
  readonly format: Format
  readonly refId?: string
}

/** What Grafana's Postgres datasource is sent: the SDK has no builder for it. */
export function target({ sql, format, refId = 'A' }: Query): cog.Builder<cog.Dataquery> {
  const dataquery = { refId, datasource: DATASOURCE, editorMode: 'code', rawQuery: true, format, rawSql: trimmed(sql) }
  // The interface's one method marks the type and is never called; JSON leaves it out.
  return { build: () => ({ ...dataquery, _implementsDataqueryVariant: () => {} }) }
}

/** One line of time series for each `metric`. */
export const series = (sql: string): Query => ({ sql, format: 'time_series' })

export const table = (sql: string): Query => ({ sql, format: 'table' })

/** Without the indentation of the source and empty lines. */
export function trimmed(sql: string): string {
  const lines = sql.split('\n').filter(line => line.trim() !== '')
  const indents = lines.slice(1).map(line => line.length - line.trimStart().length)
  const indent = indents.length === 0 ? 0 : Math.min(...indents)
  return lines.map((line, i) => (i === 0 ? line.trimStart() : line.slice(indent)).trimEnd()).join('\n')
}
