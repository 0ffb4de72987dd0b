import path from 'node:path'
import { Option } from 'commander'
import { type LoadOptions, loadPlan } from '../pipeline/config/load.ts'
import type { Plan } from '../pipeline/config/plan.ts'
import { maintenanceSettings } from '../store/maintenance/index.ts'
import { databaseSettings } from '../store/settings.ts'
import { components } from './components.ts'

/** The checkout: what ships with the code (default config, migrations) is found from here, wherever we are called. */
export const ROOT = path.resolve(import.meta.dirname, '..')

export function configOption(): Option {
  return new Option('-c, --config <file>', 'configuration file')
    .env('SENSORIUM_CONFIG')
    .default(path.join(ROOT, 'config/sensorium.yaml'), 'config/sensorium.yaml of the checkout')
}

/** What any configuration is checked against. */
export function loadOptions(): LoadOptions {
  return {
    registry: components,
    environment: process.env,
    sections: { database: databaseSettings, maintenance: maintenanceSettings },
  }
}

export interface Configuration {
  readonly plan: Plan
  readonly database: ReturnType<typeof databaseSettings.parse>
  readonly maintenance: ReturnType<typeof maintenanceSettings.parse>
}

/** Reads and checks the file. Throws CONFIG_INVALID with every fault. */
export async function readConfiguration(file: string): Promise<Configuration> {
  const plan = await loadPlan(path.resolve(file), loadOptions())
  // loadPlan has parsed both sections; parsing its result once more only restores the types.
  return {
    plan,
    database: databaseSettings.parse(plan.service.database),
    maintenance: maintenanceSettings.parse(plan.service.maintenance),
  }
}
