import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface SpoolFile {
  readonly name: string
  readonly bytes: number
}

export async function writeReport(folder: string, name: string, body: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, name)
  await writeFile(`${file}.tmp`, body, { mode: 0o600 })
  await rename(`${file}.tmp`, file)
}

/** The same while the process exits: a temporary name of its own, since the other one may be half written. */
export function writeReportAtExit(folder: string, name: string, body: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, name)
  writeFileSync(`${file}.exit.tmp`, body, { mode: 0o600 })
  renameSync(`${file}.exit.tmp`, file)
}

/** What an earlier process left, the oldest first, and how many reports it had not written to the end. */
export async function readSpool(folder: string): Promise<{ readonly files: SpoolFile[]; readonly torn: number }> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  let torn = 0
  for (const name of names.filter(name => name.endsWith('.tmp'))) torn += (await adopt(folder, name)) ? 0 : 1
  const files: SpoolFile[] = []
  for (const name of await (names.length === 0 ? [] : readdir(folder))) {
    if (!name.endsWith('.json')) continue
    const found = await stat(path.join(folder, name)).catch(() => undefined)
    if (found?.isFile()) files.push({ name, bytes: found.size })
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { files, torn }
}

/** A report whose process died before it had its name is taken on when it is whole. False when it is not. */
async function adopt(folder: string, temporary: string): Promise<boolean> {
  const file = path.join(folder, temporary)
  const body = await readFile(file, 'utf8')
  try {
    JSON.parse(body)
    await rename(file, path.join(folder, temporary.replace(/(\.exit)?\.tmp$/, '')))
    return true
  } catch {
    await rm(file, { force: true })
    return false
  }
}
