import { z } from 'zod'
import type { DeclaredMap } from '../../analysis/service-map/merge.ts'
import { checkSchema } from '../../pipeline/config/check-schema.ts'
import type { Fault } from '../../pipeline/config/fault.ts'
import { invalid, readConfigFile } from '../../pipeline/config/sections.ts'
import { readSource } from '../../pipeline/config/source.ts'

const names = z.array(z.string().min(1).max(255)).max(1_000)

const declaredService = z
  .strictObject({
    depends_on: names.optional().describe('Services, databases, queues and hosts that it calls.'),
    file: z.string().max(1_000).optional().describe('Where its code begins, in its repository.'),
    functions: names.optional().describe('Functions to look at first when it fails.'),
    repo: z.string().max(1_000).optional().describe('The repository, as owner/name or a URL.'),
    owner: z.string().max(255).optional().describe('Who is told.'),
  })
  .nullish()
  .transform(service => service ?? {})

/** `config/system-map.yaml`: which services there are, what they depend on, and where their code is. */
export const systemMapSchema = z.strictObject({
  services: z
    .record(z.string().min(1).max(255), declaredService)
    .describe('By name, as service.name has it; case, hyphens, underscores and dots do not count.'),
})

/** For editors. */
export function systemMapJsonSchema(): object {
  return { title: 'Sensorium system map', ...z.toJSONSchema(systemMapSchema, { io: 'input' }) }
}

/** @throws SensoriumError CONFIG_INVALID with every fault, each with its line */
export async function readSystemMap(file: string): Promise<DeclaredMap> {
  return parseSystemMap(file, await readConfigFile(file))
}

export function parseSystemMap(file: string, text: string): DeclaredMap {
  const { map, faults } = checkSystemMap(file, text)
  if (map === undefined) throw invalid(faults)
  return map
}

/** The map, or every fault of the file. */
export function checkSystemMap(
  file: string,
  text: string,
): { readonly map?: DeclaredMap; readonly faults: readonly Fault[] } {
  const source = readSource(file, text, {})
  const faults: Fault[] = [...source.faults]
  const parsed = faults.length > 0 ? undefined : checkSchema(systemMapSchema, source.data, source, [], faults)
  return parsed === undefined || faults.length > 0 ? { faults } : { map: parsed.services, faults }
}
