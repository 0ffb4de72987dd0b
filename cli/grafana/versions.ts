import type { GrafanaApi } from './api.ts'
import type { DashboardModel } from './files.ts'

/** The first with a palette for people who see colours differently; those before 12.4 do not open a panel that names it. */
const WITH_PALETTE = 13
const PALETTE = '"palette-colorblind"'
const PALETTE_BEFORE = '"palette-classic"'

/** The major version; the newest where Grafana does not say. */
export async function versionOf(api: GrafanaApi): Promise<number> {
  const { version } = (await api.get('/api/health')) ?? {}
  const major = Number.parseInt(String(version), 10)
  return Number.isNaN(major) ? WITH_PALETTE : major
}

/** The dashboard as a Grafana of this major version can show it. */
export function forVersion(model: DashboardModel, version: number): DashboardModel {
  if (version >= WITH_PALETTE) return model
  return JSON.parse(JSON.stringify(model).replaceAll(PALETTE, PALETTE_BEFORE)) as DashboardModel // the same but for names
}
