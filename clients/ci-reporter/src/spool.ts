import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Ten full reports of one run each, and weeks of small ones. */
const MAX_REPORTS = 100
const MAX_BYTES = 64 * 1024 * 1024
/** What a server refused is kept for a person to look at; a few tell what is wrong. */
const MAX_REFUSED = 20
/** A file that is being written is there for milliseconds; one of an hour ago is of a process that was killed. */
const TORN_AFTER_MS = 3_600_000

/** A folder of reports that wait, oldest first. Every function but `openSpool` may throw what `node:fs` throws. */
export interface Spool {
  readonly folder: string
  /** Returns how many of the oldest made room. */
  keep(body: string): number
  names(): string[]
  read(name: string): string
  remove(name: string): void
  /** Out of the way of the others. Returns how many of the oldest refused ones made room. */
  setAside(name: string): number
}

/** Where reports wait by default, the next one where the first cannot be written. */
export function spoolFolders(root: string): string[] {
  const ofRepository = createHash('sha256').update(root).digest('hex').slice(0, 16)
  return [path.join(root, '.sensorium-ci', 'spool'), path.join(tmpdir(), `sensorium-ci-${ofRepository}`, 'spool')]
}

/** The first of these folders that can be written; undefined where none can. */
export function openSpool(folders: readonly string[]): Spool | undefined {
  for (const folder of folders) {
    try {
      // Reports hold stacks and lines of code: they are for this user.
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      // Nothing of it belongs into a commit.
      writeFileSync(path.join(folder, '.gitignore'), '*\n')
      sweep(folder)
      return spoolIn(folder)
    } catch {
      // The next one may do.
    }
  }
  return undefined
}

function spoolIn(folder: string): Spool {
  const refused = path.join(folder, 'refused')
  const file = (name: string) => path.join(folder, name)
  return {
    folder,
    names: () => namesIn(folder),
    read: name => readFileSync(file(name), 'utf8'),
    remove: name => rmSync(file(name), { force: true }),
    keep: body => {
      const dropped = makeRoom(folder, Buffer.byteLength(body))
      const name = newName()
      writeFileSync(file(`${name}.tmp`), body, { mode: 0o600 })
      renameSync(file(`${name}.tmp`), file(name))
      return dropped
    },
    setAside: name => {
      mkdirSync(refused, { recursive: true, mode: 0o700 })
      renameSync(file(name), path.join(refused, name))
      const surplus = namesIn(refused).slice(0, -MAX_REFUSED)
      for (const old of surplus) rmSync(path.join(refused, old), { force: true })
      return surplus.length
    },
  }
}

function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
}

let counter = 0

/** In the order of the clock; reports of one process in the order in which they were made. */
function newName(): string {
  counter += 1
  const parts = [Date.now(), process.pid, counter].map(number => String(number).padStart(15, '0'))
  return `${parts.join('-')}.json`
}

function makeRoom(folder: string, bytes: number): number {
  const waiting = namesIn(folder).map(name => ({ name, bytes: sizeOf(path.join(folder, name)) }))
  let total = waiting.reduce((sum, one) => sum + one.bytes, bytes)
  let dropped = 0
  while (dropped < waiting.length && (total > MAX_BYTES || waiting.length - dropped >= MAX_REPORTS)) {
    const oldest = waiting[dropped]!
    rmSync(path.join(folder, oldest.name), { force: true })
    total -= oldest.bytes
    dropped += 1
  }
  return dropped
}

function sizeOf(file: string): number {
  // Another process may have sent it meanwhile.
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function sweep(folder: string): void {
  for (const name of readdirSync(folder).filter(each => each.endsWith('.tmp'))) {
    const file = path.join(folder, name)
    const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY
    if (Date.now() - written > TORN_AFTER_MS) rmSync(file, { force: true })
  }
}
