import { existsSync } from 'node:fs'
import path from 'node:path'
import { type LoadOptions, loadPlan } from '../pipeline/config/load.ts'
import type { Plan } from '../pipeline/config/plan.ts'
import { type KpiSettings, kpiSettings } from '../store/kpis/settings.ts'
import { maintenanceSettings } from '../store/maintenance/settings.ts'
import { databaseSettings } from '../store/settings.ts'
import { components } from './components.ts'

/** Schemas of the parts of `service` that other rooms own. */
export const SECTIONS = { database: databaseSettings, kpis: kpiSettings, maintenance: maintenanceSettings }

/** Files that are used where they lie beside a configuration and the variable names no other. */
const BESIDE = { SENSORIUM_ALERTS: 'alerts.yaml', SENSORIUM_SYSTEM_MAP: 'system-map.yaml' } as const

/** What the configuration in this file is checked against. */
export function loadOptions(file: string): LoadOptions {
  return { registry: components, environment: { ...process.env, ...besideOf(file) }, sections: SECTIONS }
}

function besideOf(file: string): Record<string, string> {
  const folder = path.dirname(path.resolve(file))
  const unnamed = Object.entries(BESIDE).filter(([variable]) => !process.env[variable])
  const beside = unnamed.map(([variable, name]): [string, string] => [variable, path.join(folder, name)])
  return Object.fromEntries(beside.filter(([, found]) => existsSync(found)))
}

export interface Configuration {
  readonly plan: Plan
  readonly database: ReturnType<typeof databaseSettings.parse>
  readonly kpis: KpiSettings
  readonly maintenance: ReturnType<typeof maintenanceSettings.parse>
}

/** Reads and checks the file. Throws CONFIG_INVALID with every fault. */
export async function readConfiguration(file: string): Promise<Configuration> {
  const plan = await loadPlan(path.resolve(file), loadOptions(file))
  // loadPlan has parsed the sections; parsing its result once more only restores the types.
  return {
    plan,
    database: databaseSettings.parse(plan.service.database),
    kpis: kpiSettings.parse(plan.service.kpis),
    maintenance: maintenanceSettings.parse(plan.service.maintenance),
  }
}
