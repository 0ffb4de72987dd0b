import path from 'node:path'
import { type LoadOptions, loadPlan } from '../pipeline/config/load.ts'
import type { Plan } from '../pipeline/config/plan.ts'
import { type KpiSettings, kpiSettings } from '../store/kpis/settings.ts'
import { maintenanceSettings } from '../store/maintenance/settings.ts'
import { databaseSettings } from '../store/settings.ts'
import { components } from './components.ts'

/** What any configuration is checked against. */
export function loadOptions(): LoadOptions {
  return {
    registry: components,
    environment: process.env,
    sections: { database: databaseSettings, kpis: kpiSettings, maintenance: maintenanceSettings },
  }
}

export interface Configuration {
  readonly plan: Plan
  readonly database: ReturnType<typeof databaseSettings.parse>
  readonly kpis: KpiSettings
  readonly maintenance: ReturnType<typeof maintenanceSettings.parse>
}

/** Reads and checks the file. Throws CONFIG_INVALID with every fault. */
export async function readConfiguration(file: string): Promise<Configuration> {
  const plan = await loadPlan(path.resolve(file), loadOptions())
  // loadPlan has parsed the sections; parsing its result once more only restores the types.
  return {
    plan,
    database: databaseSettings.parse(plan.service.database),
    kpis: kpiSettings.parse(plan.service.kpis),
    maintenance: maintenanceSettings.parse(plan.service.maintenance),
  }
}
