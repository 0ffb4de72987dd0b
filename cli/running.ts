import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

/**
 * Who runs `sensorium start` on this account, and where: what lets `sensorium demo` and the reading commands find it
 * from any folder. No secrets: those stay in the data folder.
 */
export interface Running {
  readonly pid: number
  /** `host:port/database`. */
  readonly database: string
  /** Folder of the embedded database, absolute; null where the database is a server of yours. */
  readonly data_dir: string | null
  /** `host:port` of the first OTLP receiver over HTTP. */
  readonly otlp_http: string | null
  /** `host:port` of the application: edge endpoints, console, agents. */
  readonly http: string
}

/** `$XDG_STATE_HOME/sensorium/running`, for its owner alone. */
function folderOf(environment: NodeJS.ProcessEnv): string {
  const state = environment.XDG_STATE_HOME || path.join(homedir(), '.local/state')
  return path.join(state, 'sensorium/running')
}

/** Leaves a note until the returned function is called. Where none can be left, commands need to be told more: no fault. */
export function announce(running: Running): () => void {
  try {
    const folder = folderOf(process.env)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = path.join(folder, `${running.pid}.json`)
    writeFileSync(file, JSON.stringify(running), { mode: 0o600 })
    return () => rmSync(file, { force: true })
  } catch {
    return () => {}
  }
}

/** Those that still run. */
export function runningHere(): Running[] {
  const folder = folderOf(process.env)
  let names: string[]
  try {
    names = readdirSync(folder).filter(name => /^\d+\.json$/.test(name))
  } catch {
    return []
  }
  return names.flatMap(name => {
    const note = readNote(path.join(folder, name))
    return note !== undefined && isAlive(note.pid) ? [note] : []
  })
}

function readNote(file: string): Running | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof note !== 'object' || note === null || !('pid' in note) || typeof note.pid !== 'number') return undefined
    return note as Running // ours alone can be in this folder
  } catch {
    return undefined
  }
}

/** A pid that came back as another program is told apart later: nothing of ours answers there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
