import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Enough to see what is wrong; with the limit of a report that is at most 10 MiB. */
const MAX_REFUSED = 20

/** Keeps a report that the server will never take, with the reason, for whoever looks into it. The oldest go first. */
export async function keepRefused(folder: string, name: string, reason: string, body: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, name)
  await writeFile(`${file}.tmp`, JSON.stringify({ refused_at: new Date().toISOString(), reason, report: body }), {
    mode: 0o600,
  })
  await rename(`${file}.tmp`, file)
  const old = (await readdir(folder)).filter(found => found.endsWith('.json')).sort()
  for (const found of old.slice(0, -MAX_REFUSED)) await rm(path.join(folder, found), { force: true })
}
