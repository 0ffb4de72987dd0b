import { mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { errorText } from '../errors.ts'
import { MANIFEST_FILE, type Manifest, readManifest } from '../manifest.ts'
import { downloadFile } from './download.ts'
import { failed, type Hub, type HubFile, listFiles } from './hub.ts'
import { withLock } from './lock.ts'
import { selectFiles } from './selection.ts'
import { sizeOf } from './transfer.ts'

export interface PullOptions {
  readonly hub: Hub
  /** Name at the hub, `organisation/model`. */
  readonly model: string
  /** Branch, tag or commit. */
  readonly revision: string
  /** The folder that the model shall lie in; its parent is made. */
  readonly folder: string
  /** The model file where it is not one that `MODEL_FILES` names. */
  readonly modelFile?: string | undefined
  readonly signal: AbortSignal
  readonly onProgress: (progress: PullProgress) => void
  /** Told, in a sentence, of what went wrong on the way and is tried again. */
  readonly onRetry: (message: string) => void
  /** Wait before the first repetition; doubles from then on. Default one second. */
  readonly retryIntervalMs?: number
}

export interface PullProgress {
  readonly file: string
  /** Of all files together. */
  readonly bytes: number
  readonly totalBytes: number
}

export interface Pulled {
  readonly manifest: Manifest
  /** False when the folder held just this already. */
  readonly isNew: boolean
}

/** Left free on the disk beside what is fetched. */
const SPARE_BYTES = 64 * 1024 * 1024

/**
 * Fetches a model folder. The files gather in `<folder>.partial`, where an interrupted pull leaves them for the next,
 * and the folder appears, or is replaced, at the end by one rename: whoever finds it finds it whole.
 *
 * @throws EmbeddingError DOWNLOAD_FAILED, SERVICE_UNAVAILABLE; the reason of `signal`
 */
export async function pullModel(options: PullOptions): Promise<Pulled> {
  const { hub, model, revision, folder, signal } = options
  const files = selectFiles(await listFiles(hub, model, revision, signal), model, options.modelFile)
  const manifest: Manifest = {
    model,
    revision,
    hub: hub.url,
    pulled_at: new Date().toISOString(),
    files: files.map(({ path: name, size, checksum }) => ({ path: name, size, checksum })),
  }
  const present = await readManifest(folder)
  if (present !== undefined && (await isSame(present, manifest, folder))) return { manifest: present, isNew: false }
  await assertReplaceable(folder, present)
  const partial = `${path.resolve(folder)}.partial`
  await mkdir(partial, { recursive: true })
  return withLock(`${partial}.lock`, async () => {
    const commit = await fetchFiles(files, partial, options)
    const whole = commit === undefined ? manifest : { ...manifest, commit }
    await removeStrangers(partial, files)
    await writeFile(path.join(partial, MANIFEST_FILE), `${JSON.stringify(whole, undefined, 2)}\n`)
    await replace(folder, partial)
    return { manifest: whole, isNew: true }
  })
}

async function fetchFiles(
  files: readonly HubFile[],
  partial: string,
  options: PullOptions,
): Promise<string | undefined> {
  const totalBytes = files.reduce((sum, file) => sum + file.size, 0)
  await assertSpace(files, partial, totalBytes)
  const commits = new Set<string>()
  let done = 0
  // The small files first: what is wrong with them is known before the gigabytes come.
  for (const file of files.toSorted((a, b) => a.size - b.size)) {
    const target = path.join(partial, file.path)
    await mkdir(path.dirname(target), { recursive: true })
    const base = done
    await downloadFile(file, target, {
      ...options,
      retryIntervalMs: options.retryIntervalMs ?? 1_000,
      onBytes: bytes => options.onProgress({ file: file.path, bytes: base + bytes, totalBytes }),
      onCommit: commit => commits.add(commit),
    })
    done += file.size
  }
  // Two commits: the branch moved meanwhile. The checksums hold, so the files are those of the listing; only its name
  // is in doubt.
  return commits.size === 1 ? [...commits][0] : undefined
}

async function assertSpace(files: readonly HubFile[], partial: string, totalBytes: number): Promise<void> {
  let there = 0
  for (const file of files) {
    const target = path.join(partial, file.path)
    there += (await sizeOf(target)) ?? (await sizeOf(`${target}.part`)) ?? 0
  }
  const { bavail, bsize } = await statfs(partial)
  const needed = totalBytes - there + SPARE_BYTES
  if (bavail * bsize >= needed) return
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MiB`
  throw failed(
    `${partial}: ${megabytes(bavail * bsize)} are free, ${megabytes(needed)} are needed; make room, or choose another folder with --to`,
  )
}

async function isSame(present: Manifest, wanted: Manifest, folder: string): Promise<boolean> {
  const key = ({ model, files }: Manifest) =>
    JSON.stringify([model, files.map(file => [file.path, file.checksum]).sort()])
  if (key(present) !== key(wanted)) return false
  for (const file of wanted.files) if ((await sizeOf(path.join(folder, file.path))) !== file.size) return false
  return true
}

/** A folder that we did not make is not ours to throw away. */
async function assertReplaceable(folder: string, present: Manifest | undefined): Promise<void> {
  const entries = await readdir(folder).catch(() => [])
  if (entries.length === 0 || present !== undefined) return
  throw failed(`${folder} is there and was not pulled by sensorium; move it away, or choose another with --to`)
}

/** What an earlier pull of other files, another revision's, has left there. */
async function removeStrangers(partial: string, files: readonly HubFile[]): Promise<void> {
  const wanted = new Set(files.map(file => path.normalize(file.path)))
  for (const entry of await readdir(partial, { recursive: true, withFileTypes: true })) {
    const name = path.relative(partial, path.join(entry.parentPath, entry.name))
    if (!entry.isDirectory() && !wanted.has(name)) await rm(path.join(partial, name))
  }
}

async function replace(folder: string, partial: string): Promise<void> {
  const old = `${path.resolve(folder)}.replaced`
  try {
    await rm(old, { recursive: true, force: true })
    await rename(folder, old).catch(error => {
      if (Reflect.get(error, 'code') !== 'ENOENT') throw error
    })
    await rename(partial, folder)
    await rm(old, { recursive: true, force: true })
  } catch (error) {
    throw failed(`${folder} cannot be put in place: ${errorText(error)}; the files lie in ${partial}`, error)
  }
}
