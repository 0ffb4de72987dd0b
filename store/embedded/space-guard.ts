import { statfsSync } from 'node:fs'

const MIB = 1024 * 1024
/** What is under way when the last byte is promised: two groups of 8 MiB, as rows, index entries and log. */
const RESERVE_MIN_BYTES = 64 * MIB
const RESERVE_MAX_BYTES = 2 * 1024 * MIB
const RESERVE_SHARE = 0.05
/** Going on takes a little more room than stopping left, or the two would take turns. */
const HYSTERESIS = 1.1
/** A look costs microseconds, and a fast disk fills by some megabytes in this time. */
const LOOK_MS = 50

export interface SpaceGuard {
  /** Why nothing may be written now, and what to do; undefined when there is room. */
  problem(): string | undefined
}

export interface SpaceGuardOptions {
  readonly folder: string
  /** What is kept free; by default a twentieth of the disk, from 64 MiB to 2 GiB. */
  readonly minFreeBytes?: number | undefined
  readonly read?: (folder: string) => { readonly freeBytes: number; readonly totalBytes: number }
}

/**
 * Stops taking in before the disk is full: a Postgres that cannot extend its log ends itself, and one that cannot
 * extend a table refuses every commit; with room for what is under way neither happens, and it goes on by itself.
 */
export function createSpaceGuard({ folder, minFreeBytes, read = spaceOf }: SpaceGuardOptions): SpaceGuard {
  let lookedAt = Number.NEGATIVE_INFINITY
  let problem: string | undefined
  const look = (): string | undefined => {
    const { freeBytes, totalBytes } = read(folder)
    const reserve = minFreeBytes ?? defaultReserve(totalBytes)
    if (freeBytes >= reserve * (problem === undefined ? 1 : HYSTERESIS)) return undefined
    return `the disk of ${folder} has ${mebibytes(freeBytes)} of ${mebibytes(totalBytes)} MiB left, and ${mebibytes(reserve)} are kept free (service.database.min_free_mib): nothing is taken in until there is room. Free some, or keep less (service.maintenance) and run \`sensorium store compact\``
  }
  return {
    problem() {
      const now = performance.now()
      if (now - lookedAt < LOOK_MS) return problem
      lookedAt = now
      try {
        problem = look()
      } catch {
        // A folder that cannot be looked at is told by the commits.
        problem = undefined
      }
      return problem
    },
  }
}

export function defaultReserve(totalBytes: number): number {
  return Math.min(RESERVE_MAX_BYTES, Math.max(RESERVE_MIN_BYTES, totalBytes * RESERVE_SHARE))
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / MIB)
}

function spaceOf(folder: string) {
  const { bavail, blocks, bsize } = statfsSync(folder)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
