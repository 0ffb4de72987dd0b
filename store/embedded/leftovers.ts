import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SensoriumError } from '../../pipeline/errors.ts'

/** A fast shutdown writes all that is dirty in memory; past this, the log has it. */
const SHUTDOWN_DEADLINE_MS = 15_000
/** An immediate shutdown writes nothing. */
const ABORT_DEADLINE_MS = 10_000
const POLL_MS = 20

/**
 * Clears what a killed predecessor may have left in the cluster. Call it only under the folder's lock: whatever still
 * runs there has then lost its Sensorium.
 *
 * - A server that outlived its parent is asked to shut down and waited for.
 * - Backends that outlived a killed server are waited for: a second server beside them would destroy the data.
 * - A `postmaster.pid` whose pid now belongs to somebody else is removed, since Postgres takes any living process of
 *   that number for its predecessor. In a container, where the same few pids come back, that is every second start.
 *
 * @throws SensoriumError DATA_DIR_IN_USE when a server does not go.
 */
export async function clearLeftovers(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid')
  const pid = readPid(pidFile)
  if (pid === undefined) return
  const server = (): number[] => [pid].filter(pid => worksIn(cluster, pid))
  await endProcesses(server, 'SIGINT', SHUTDOWN_DEADLINE_MS)
  // Without /proc we cannot tell whose the pid is, and leave the decision to Postgres.
  if (process.platform !== 'linux') return
  // A server that ignores a fast shutdown, or backends without a server, which end by themselves unless they hang.
  await endProcesses(() => processesIn(cluster), 0, ABORT_DEADLINE_MS)
  await endProcesses(() => processesIn(cluster), 'SIGQUIT', ABORT_DEADLINE_MS)
  if (processesIn(cluster).length > 0) throw stillRunning(cluster, pid)
  rmSync(pidFile, { force: true })
}

/** Kills what still writes a folder that is to be removed. */
export function killProcessesIn(folder: string): Promise<void> {
  return endProcesses(() => processesIn(folder), 'SIGKILL', ABORT_DEADLINE_MS)
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
    // A standalone backend writes its pid negated.
    return Number.isInteger(pid) && pid !== 0 ? Math.abs(pid) : undefined
  } catch {
    return undefined
  }
}

/** Every Postgres process works in its data folder. False where there is no /proc. */
export function worksIn(folder: string, pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

export function processesIn(cluster: string): number[] {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter(pid => pid !== process.pid && worksIn(cluster, pid))
}

/** Signals the processes and waits until they are gone, or the deadline is past. */
async function endProcesses(remaining: () => number[], signal: NodeJS.Signals | 0, deadlineMs: number): Promise<void> {
  for (const pid of remaining()) signalProcess(pid, signal)
  for (const end = Date.now() + deadlineMs; remaining().length > 0 && Date.now() < end; ) await delay(POLL_MS)
}

export function signalProcess(pid: number, signal: NodeJS.Signals | 0): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // Gone in the meantime; whatever else went wrong shows by the process staying.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') return
  }
}

function stillRunning(cluster: string, pid: number): SensoriumError {
  return new SensoriumError(
    'DATA_DIR_IN_USE',
    `a Postgres server (pid ${pid}) runs in ${cluster} and did not stop when asked: stop it, or choose another service.database.data_dir`,
  )
}
