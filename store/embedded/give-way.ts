import { readFileSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { worksIn } from './leftovers.ts'

/** Behind everybody: it has what nobody else wants. */
const LAST = 19
/** A kernel takes one such number in a tenth of a second from whoever is not root. */
const RETRY_MS = 110
const TRIES_MAX = 3

/**
 * Puts processes of the cluster behind all others for the processors. Statements that compute for seconds share them
 * with those that are answered in milliseconds, and each of these would get one share in many.
 *
 * `nice` alone does that only where the kernel compares processes. Where it compares sessions (autogroup: most desktops
 * and plain virtual machines, not containers), every backend is a session of its own, and the session has a number, too.
 * What could not be set now is tried again at the next call.
 */
export async function giveWay(cluster: string, pids: readonly number[]): Promise<void> {
  let tries = 0
  for (const pid of pids) {
    if (!worksIn(cluster, pid)) continue
    try {
      setPriority(pid, LAST)
    } catch {
      continue // gone meanwhile
    }
    while (!setSessionPriority(pid)) {
      tries += 1
      if (tries > TRIES_MAX) return
      await delay(RETRY_MS)
    }
  }
}

/** False where the kernel wants to be asked again later. */
function setSessionPriority(pid: number): boolean {
  const file = `/proc/${pid}/autogroup`
  try {
    if (!readFileSync(file, 'latin1').endsWith(` ${LAST}\n`)) writeFileSync(file, String(LAST))
    return true
  } catch (error) {
    // Without such a file there is nothing to set.
    return (error as NodeJS.ErrnoException).code !== 'EAGAIN'
  }
}
