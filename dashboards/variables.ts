import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import type * as types from '@grafana/grafana-foundation-sdk/dashboard'
import dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import { DATASOURCE, trimmed } from './query/postgres.ts'
import { isChosen, ofEnvironment, ofService } from './query/range.ts'

export type Variable = cog.Builder<types.VariableModel>

/** What every dashboard has; the datasource that provisioning makes is the first choice. */
export const datasource: Variable = new dashboard.DatasourceVariableBuilder('datasource')
  .label('Data')
  .type(DATASOURCE.type)
  .current({ text: 'Sensorium', value: 'sensorium', selected: true })

/** One, several or all; All is a value of its own, so that a long list of names is no part of every query. */
const ALL = { text: 'All', value: '$__all', selected: true }
const ALL_VALUE = `'*'`

function choice(name: string, label: string, sql: string): Variable {
  return new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(trimmed(sql))
    .definition(trimmed(sql))
    .refresh(dashboard.VariableRefresh.OnDashboardLoad)
    .includeAll(true)
    .allValue(ALL_VALUE)
    .current(ALL)
    .multi(true)
}

export const environment = choice(
  'environment',
  'Environment',
  'SELECT DISTINCT environment FROM (SELECT environment FROM red_series UNION SELECT environment FROM service_releases) e ORDER BY 1',
)

export const service = choice(
  'service',
  'Service',
  `SELECT DISTINCT service FROM red_series WHERE ${ofEnvironment()} ORDER BY 1`,
)

export const operation = choice(
  'operation',
  'Operation',
  `SELECT DISTINCT operation FROM red_series
    WHERE kind NOT IN ('client', 'producer') AND ${ofEnvironment()} AND ${ofService()} ORDER BY 1 LIMIT 500`,
)

export const repository = choice(
  'repository',
  'Repository',
  `SELECT DISTINCT repository FROM test_runs WHERE timestamp > now() - interval '90 days'
    UNION SELECT DISTINCT repository FROM build_events WHERE timestamp > now() - interval '90 days' ORDER BY 1`,
)

export const ofRepository = (column = 'repository') => isChosen('repository', column)

export const trace: Variable = new dashboard.TextBoxVariableBuilder('trace').label('Trace id').defaultValue('')
