import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { readManifest } from './manifest.ts'

export interface ModelEntry {
  readonly name: string
  readonly folder: string
  readonly revision: string
  readonly bytes: number
  readonly pulledAt: string
}

/** Models lie at `<root>/<organisation>/<model>`; what lies deeper is theirs. */
const DEPTH = 2

/** The models that were pulled into `root`, by name. A folder that is not there holds none. */
export async function listModels(root: string): Promise<ModelEntry[]> {
  const found = await modelsIn(root, DEPTH)
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

async function modelsIn(folder: string, depth: number): Promise<ModelEntry[]> {
  const manifest = await readManifest(folder)
  if (manifest !== undefined && !folder.endsWith('.partial')) {
    const { model: name, revision, commit, pulled_at: pulledAt, files } = manifest
    const bytes = files.reduce((sum, file) => sum + file.size, 0)
    return [{ name, folder, revision: commit?.slice(0, 12) ?? revision, bytes, pulledAt }]
  }
  if (depth === 0) return []
  const entries = await readdir(folder).catch(() => [])
  const below = await Promise.all(
    entries.map(async entry => {
      const child = path.join(folder, entry)
      return (await stat(child)).isDirectory() ? modelsIn(child, depth - 1) : []
    }),
  )
  return below.flat()
}
