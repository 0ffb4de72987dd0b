import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Gives the folder free again. The operating system does the same when the process dies, however it dies. */
export type Unlock = () => void

/**
 * Takes the lock `path`, or returns `undefined` when a living process holds it for longer than `waitMs`.
 *
 * Node has no flock. A pid in a file is no lock: pids come back (a container's first process is always 1), and two
 * starters may both find the old one dead. SQLite, which Node carries, takes the kernel's own lock on a file, which is
 * gone with its holder and is seen from other containers on the same machine.
 */
export function lockFolder(path: string, waitMs: number): Unlock | undefined {
  closeSync(openSync(path, 'a', PRIVATE))
  // Whoever may read a file may lock it: one of a release that did not ask for this must not stay open to others.
  chmodSync(path, PRIVATE)
  const file = new DatabaseSync(path, { timeout: waitMs })
  try {
    file.exec('PRAGMA locking_mode = EXCLUSIVE')
    file.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    if (isBusy(error)) return undefined
    throw error
  }
  return () => file.close()
}

const PRIVATE = 0o600
/** SQLITE_BUSY, https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  // node:sqlite adds `errcode`, which the Error type does not know.
  return error instanceof Error && (error as Error & { errcode?: number }).errcode === SQLITE_BUSY
}
