import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../sensorium-process.ts'

/** What the tests look at of Grafana's dashboard model. */
export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly time: { readonly from: string; readonly to: string }
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly Variable[] }
  readonly annotations?: { readonly list: readonly { readonly name: string; readonly target?: Target }[] }
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly Target[]
  readonly fieldConfig?: { readonly defaults?: { readonly unit?: string } }
  readonly options?: Readonly<Record<string, unknown>>
}

export interface Target {
  readonly refId: string
  readonly format: string
  readonly rawSql: string
  readonly datasource: { readonly type: string; readonly uid: string }
}

export interface Variable {
  readonly name: string
  readonly type: string
  readonly query: unknown
  readonly allValue?: string
  readonly includeAll?: boolean
  readonly multi?: boolean
}

export const FOLDER = path.join(ROOT, 'dashboards/generated')

/** As they are committed, and as Grafana would read them. */
export function readDashboards(): Dashboard[] {
  const folder = path.join(FOLDER, 'dashboards')
  return readdirSync(folder).map(name => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Dashboard)
}
