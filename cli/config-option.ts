import path from 'node:path'
import { Option } from 'commander'

/** The checkout: what ships with the code (default config, migrations) is found from here, wherever we are called. */
export const ROOT = path.resolve(import.meta.dirname, '..')

export function configOption(): Option {
  return new Option('-c, --config <file>', 'configuration file')
    .env('SENSORIUM_CONFIG')
    .default(path.join(ROOT, 'config/sensorium.yaml'), 'config/sensorium.yaml of the checkout')
}
