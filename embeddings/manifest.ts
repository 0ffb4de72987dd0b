import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

/** The file that `sensorium model pull` leaves in a folder: where it came from and what is in it. */
export const MANIFEST_FILE = 'sensorium-model.json'

const manifestSchema = z.object({
  model: z.string(),
  /** What was asked for: a branch, a tag or a commit. */
  revision: z.string(),
  /** The commit that the hub served, where it told. */
  commit: z.string().optional(),
  hub: z.string(),
  pulled_at: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.number(), checksum: z.string() })),
})
export type Manifest = z.output<typeof manifestSchema>

/** Undefined for a folder that was not pulled, or whose manifest someone has damaged: nothing depends on it. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path.join(folder, MANIFEST_FILE), 'utf8')))
  } catch {
    return undefined
  }
}
