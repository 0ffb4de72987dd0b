import { isDeepStrictEqual } from 'node:util'
import type { Alerting, ContactPoint, Route, RuleGroup } from './alerting.ts'
import type { GrafanaApi, Json } from './api.ts'
import type { DashboardModel } from './files.ts'
import { forVersion, versionOf } from './versions.ts'

export const FOLDER = { uid: 'sensorium', title: 'Sensorium' }
const DATASOURCE_UID = 'sensorium'

export interface DatasourceLogin {
  /** `host:port`, as Grafana reaches it. */
  readonly address: string
  readonly database: string
  readonly user: string
  readonly password: string
  readonly sslmode: string
}

export type Outcome = 'made' | 'changed' | 'unchanged'

export interface Provisioned {
  readonly what: string
  readonly outcome: Outcome
}

export interface ProvisionOptions {
  readonly dashboards: readonly DashboardModel[]
  /** Without it the datasource is left as it is. */
  readonly login?: DatasourceLogin | undefined
  readonly alerting: Alerting
  readonly isDryRun: boolean
}

/**
 * Brings Grafana to what the files say: reads first, and writes only what differs, so a second run writes nothing.
 * What is beside ours, other folders, datasources and dashboards, is not looked at.
 */
export async function provision(api: GrafanaApi, options: ProvisionOptions): Promise<Provisioned[]> {
  const { dashboards, login, alerting, isDryRun } = options
  const send: GrafanaApi['send'] = isDryRun ? async () => {} : api.send
  const done: Provisioned[] = []
  const note = (what: string, outcome: Outcome) => done.push({ what, outcome })
  note('folder Sensorium', await folder(api, send))
  if (login !== undefined) note('datasource Sensorium', await datasource(api, send, login))
  const version = await versionOf(api)
  for (const model of dashboards.map(one => forVersion(one, version)))
    note(`dashboard ${model.title}`, await dashboard(api, send, model))
  for (const group of alerting.groups) note(`alert rules: ${group.title}`, await ruleGroup(api, send, group))
  if (alerting.told !== undefined) {
    const { contactPoint: point, route } = alerting.told
    note(`contact point ${point.name}`, await contactPoint(api, send, point))
    note(`notification policy to ${route.receiver}`, await policy(api, send, route))
  }
  return done
}

type Send = GrafanaApi['send']

async function folder(api: GrafanaApi, send: Send): Promise<Outcome> {
  const found = await api.get(`/api/folders/${FOLDER.uid}`)
  if (found === undefined) {
    await send('POST', '/api/folders', FOLDER)
    return 'made'
  }
  if (found.title === FOLDER.title) return 'unchanged'
  await send('PUT', `/api/folders/${FOLDER.uid}`, { title: FOLDER.title, overwrite: true })
  return 'changed'
}

/** A password cannot be read back: it is written with the others when any of them differs, or where there is none. */
async function datasource(api: GrafanaApi, send: Send, login: DatasourceLogin): Promise<Outcome> {
  const { address, database, user, password, sslmode } = login
  const wanted = {
    name: 'Sensorium',
    uid: DATASOURCE_UID,
    type: 'grafana-postgresql-datasource',
    access: 'proxy',
    url: address,
    user,
    jsonData: { database, sslmode, maxOpenConns: 8, maxIdleConns: 8, connMaxLifetime: 3600, timescaledb: false },
  }
  const whole = { ...wanted, secureJsonData: { password } }
  const found = await api.get(`/api/datasources/uid/${DATASOURCE_UID}`)
  if (found === undefined) {
    await send('POST', '/api/datasources', whole)
    return 'made'
  }
  const hasPassword = (found.secureJsonFields as Json | undefined)?.password === true
  if (hasPassword && holds(found, wanted)) return 'unchanged'
  await send('PUT', `/api/datasources/uid/${DATASOURCE_UID}`, whole)
  return 'changed'
}

async function dashboard(api: GrafanaApi, send: Send, model: DashboardModel): Promise<Outcome> {
  const found = await api.get(`/api/dashboards/uid/${model.uid}`)
  const isInPlace = (found?.meta as Json | undefined)?.folderUid === FOLDER.uid
  if (isInPlace && holds(found?.dashboard, model)) return 'unchanged'
  await send('POST', '/api/dashboards/db', {
    dashboard: { ...model, id: null },
    folderUid: FOLDER.uid,
    message: 'sensorium grafana provision',
    overwrite: true,
  })
  return found === undefined ? 'made' : 'changed'
}

/** The group as a whole: a rule that is ours no more leaves with it. */
async function ruleGroup(api: GrafanaApi, send: Send, group: RuleGroup): Promise<Outcome> {
  const path = `/api/v1/provisioning/folder/${FOLDER.uid}/rule-groups/${encodeURIComponent(group.title)}`
  const found = await api.get(path)
  if (found !== undefined && holds(found, group)) return 'unchanged'
  await send('PUT', path, group)
  return found === undefined ? 'made' : 'changed'
}

async function contactPoint(api: GrafanaApi, send: Send, wanted: ContactPoint): Promise<Outcome> {
  const all = (await api.get('/api/v1/provisioning/contact-points')) as unknown as readonly Json[] | undefined
  const found = all?.find(({ uid }) => uid === wanted.uid)
  if (found === undefined) {
    await send('POST', '/api/v1/provisioning/contact-points', wanted)
    return 'made'
  }
  if (holds(found, wanted)) return 'unchanged'
  await send('PUT', `/api/v1/provisioning/contact-points/${wanted.uid}`, wanted)
  return 'changed'
}

/** Grafana has one tree of policies, and it is written as a whole: ours is one branch of it, the first. */
async function policy(api: GrafanaApi, send: Send, wanted: Route): Promise<Outcome> {
  const tree = (await api.get('/api/v1/provisioning/policies')) ?? {}
  const routes = (tree.routes as readonly Json[] | undefined) ?? []
  const found = routes.find(({ receiver }) => receiver === wanted.receiver)
  if (found !== undefined && holds(found, wanted)) return 'unchanged'
  const others = routes.filter(route => route !== found)
  await send('PUT', '/api/v1/provisioning/policies', { ...tree, routes: [wanted, ...others] })
  return found === undefined ? 'made' : 'changed'
}

/** Everything wanted stands there as it is wanted; Grafana adds ids, versions and defaults of its own. */
function holds(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(found) && found.length === wanted.length && wanted.every((one, i) => holds(found[i], one))
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof found !== 'object' || found === null) return false
    return Object.entries(wanted).every(([key, value]) => holds((found as Json)[key], value))
  }
  return isDeepStrictEqual(found, wanted)
}
