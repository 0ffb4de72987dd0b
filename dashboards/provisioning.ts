import { stringify } from 'yaml'
import { DATASOURCE } from './query/postgres.ts'

/** Grafana replaces `$NAME` by the environment variable when it reads the file, so no login stands in it. */
const SETTINGS = {
  url: '$SENSORIUM_DATABASE_HOST:$SENSORIUM_DATABASE_PORT',
  database: '$SENSORIUM_DATABASE_NAME',
  user: '$SENSORIUM_READER_USER',
  password: '$SENSORIUM_READER_PASSWORD',
  sslmode: '$SENSORIUM_DATABASE_SSLMODE',
}
/** Of the reader's connections a part: agents and people at the command line need some, too. */
const MAX_CONNECTIONS = 8
const RESCAN_S = 30

const HEAD = '# Generated from dashboards/provisioning.ts; what it needs is in docs/grafana.md.\n'

export function datasourceProvider(): string {
  const datasource = {
    name: 'Sensorium',
    uid: 'sensorium',
    type: DATASOURCE.type,
    access: 'proxy',
    url: SETTINGS.url,
    user: SETTINGS.user,
    jsonData: {
      database: SETTINGS.database,
      sslmode: SETTINGS.sslmode,
      maxOpenConns: MAX_CONNECTIONS,
      maxIdleConns: MAX_CONNECTIONS,
      connMaxLifetime: 3600,
      // The same text for all databases: time_bucket would need the extension and gives the same points.
      timescaledb: false,
    },
    secureJsonData: { password: SETTINGS.password },
    editable: false,
  }
  return `${HEAD}${stringify({ apiVersion: 1, datasources: [datasource] })}`
}

export function dashboardProvider(): string {
  const provider = {
    name: 'sensorium',
    folder: 'Sensorium',
    folderUid: 'sensorium',
    type: 'file',
    disableDeletion: false,
    allowUiUpdates: false,
    updateIntervalSeconds: RESCAN_S,
    options: { path: '$SENSORIUM_DASHBOARDS' },
  }
  return `${HEAD}${stringify({ apiVersion: 1, providers: [provider] })}`
}
