import { callGrafana, type GrafanaAccess } from './api.ts'

export interface DashboardOptions {
  /** The folder's uid; Grafana's root where it is left out. */
  readonly folderUid?: string
  /** Shown in the dashboard's history. */
  readonly message?: string
}

/**
 * Makes a dashboard of its JSON model, or a new version of the one that has its uid, and returns its URL. The id of
 * another Grafana is left out: it would be somebody else's dashboard here.
 *
 * @throws DeliveryError
 */
export async function createGrafanaDashboard(
  access: GrafanaAccess,
  dashboard: object,
  { folderUid, message }: DashboardOptions = {},
  signal: AbortSignal = AbortSignal.timeout(access.timeout_ms),
): Promise<string> {
  const body = {
    dashboard: { ...dashboard, id: null },
    ...(folderUid === undefined ? {} : { folderUid }),
    ...(message === undefined ? {} : { message }),
    overwrite: true,
  }
  const { json } = await callGrafana(access, 'POST', '/api/dashboards/db', body, signal)
  const path: unknown = Reflect.get(Object(json), 'url')
  return new URL(typeof path === 'string' ? path : '', access.url).href
}
