import { readFile } from 'node:fs/promises'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { DeclaredMap } from '../../analysis/service-map/merge.ts'
import { SensoriumError } from '../../pipeline/errors.ts'

const names = z.array(z.string().min(1).max(255)).max(1_000)

/** `config/system-map.yaml`: which services there are, what they depend on, and where their code is. */
export const systemMap = z.strictObject({
  services: z
    .record(
      z.string().min(1).max(255),
      z
        .strictObject({
          depends_on: names.optional().describe('Services, databases, queues and hosts that it calls.'),
          file: z.string().max(1_000).optional().describe('Where its code begins, in its repository.'),
          functions: names.optional().describe('Functions to look at first when it fails.'),
          repo: z.string().max(1_000).optional().describe('The repository, as owner/name or a URL.'),
          owner: z.string().max(255).optional().describe('Who is told.'),
        })
        .nullable()
        .transform(service => service ?? {}),
    )
    .describe('By name, as service.name has it; case, hyphens, underscores and dots do not count.'),
})

/** @throws SensoriumError CONFIG_INVALID with every fault, each with its line; undefined where there is no such file. */
export async function readSystemMap(file: string): Promise<DeclaredMap | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new SensoriumError('CONFIG_INVALID', `${file} cannot be read: ${error.message}`, { cause: error })
  })
  return text === undefined ? undefined : parseSystemMap(text, file)
}

export function parseSystemMap(text: string, file: string): DeclaredMap {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number) => lines.linePos(offset).line
  const faults = document.errors.map(error => `${file}:${lineAt(error.pos[0])}: ${error.message}`)
  const parsed = faults.length === 0 ? systemMap.safeParse(document.toJS()) : undefined
  for (const { path, message } of parsed?.error?.issues ?? []) {
    const keys = path.map(String)
    // The nearest part that is there.
    let node: unknown
    for (let depth = keys.length; depth >= 0 && node === undefined; depth--)
      node = document.getIn(path.slice(0, depth), true)
    const range = (node as { range?: readonly number[] } | undefined)?.range
    faults.push(`${file}:${lineAt(range?.[0] ?? 0)}: ${keys.join('.')}: ${message}`)
  }
  if (parsed?.success !== true) throw new SensoriumError('CONFIG_INVALID', faults.join('\n'))
  return parsed.data.services
}
