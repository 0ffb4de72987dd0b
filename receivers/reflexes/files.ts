import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Fault } from '../../pipeline/config/fault.ts'
import { errorText } from '../../pipeline/errors.ts'
import { checkAlerts } from './alerts-file.ts'
import { checkSystemMap } from './system-map-file.ts'

const CHECKS = { 'alerts.yaml': checkAlerts, 'system-map.yaml': checkSystemMap } as const

/** Every fault of a file that settings name; none where they name none. */
export async function faultsOfFile(
  file: string | undefined,
  check: (file: string, text: string) => { readonly faults: readonly Fault[] },
): Promise<readonly Fault[]> {
  if (file === undefined) return []
  const text = await readFile(file, 'utf8').catch((error: Error) => error)
  if (typeof text === 'string') return check(file, text).faults
  return [{ file, line: 0, column: 0, key: '', message: `cannot be read (${errorText(text)})` }]
}

/** Of the files of ours that lie beside a configuration, whether it names them or not. */
export async function faultsBeside(config: string, exists: (file: string) => boolean): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  for (const [name, check] of Object.entries(CHECKS)) {
    const file = path.join(path.dirname(config), name)
    if (exists(file)) faults.push(...(await faultsOfFile(file, check)))
  }
  return faults
}
