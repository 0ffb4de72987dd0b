import { cp, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'

/** Made from dashboards/*.ts by `npm run generate` and part of the release. */
const GENERATED = path.join(import.meta.dirname, '../../dashboards/generated')

export interface DashboardModel {
  readonly uid: string
  readonly title: string
}

/** All dashboards, in the order of their uids. */
export async function readDashboardFiles(): Promise<DashboardModel[]> {
  const folder = path.join(GENERATED, 'dashboards')
  const names = (await readdir(folder)).filter(name => name.endsWith('.json')).sort()
  return Promise.all(
    names.map(async name => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as DashboardModel),
  )
}

/** Copies dashboards and provisioning files below `folder`. */
export function exportFiles(folder: string): Promise<void> {
  return cp(GENERATED, folder, { recursive: true })
}

/** A file of dashboards/generated/provisioning/alerting. */
export async function readAlertingFile(name: 'rules' | 'contact-points' | 'policies'): Promise<unknown> {
  return parse(await readFile(path.join(GENERATED, 'provisioning/alerting', `${name}.yaml`), 'utf8'))
}
