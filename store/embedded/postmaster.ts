import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { SensoriumError } from '../../pipeline/errors.ts'
import { type Account, canReach } from './account.ts'
import type { LogFile } from './log-file.ts'
import { interruptAll } from './overdue.ts'

/** Sessions leave at once when asked; one that still computes after this is interrupted, again and again. */
const INTERRUPT_AFTER_MS = 1_000
const INTERRUPT_EVERY_MS = 1_000
/** A fast shutdown ends with a checkpoint; past this the next start recovers instead. */
const SHUTDOWN_DEADLINE_MS = 10_000
/** The file descriptor of the data folder in the server, where its path is closed to the server's account. */
const FOLDER_FD = 3
const READY = 'database system is ready to accept connections'

export interface Postmaster {
  readonly pid: number
  /** Resolves when the server is gone, however it went; true when `stop` was called before. */
  readonly exited: Promise<boolean>
  stop(): Promise<void>
}

export interface PostmasterOptions {
  readonly program: string
  readonly cluster: string
  readonly account: Account | undefined
  readonly settings: Record<string, string>
  readonly log: LogFile
}

/**
 * Starts the server and resolves when it takes connections. Recovery after a crash has no deadline: it takes what the
 * log takes.
 *
 * @throws SensoriumError ADDRESS_UNAVAILABLE, DATA_DIR_IN_USE or DATA_DIR_UNUSABLE, by what the server said.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  options.log.forgetTail()
  const place = openFolder(options.cluster, options.account)
  const flags = Object.entries(options.settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  const child = spawn(options.program, ['-D', place.path, ...flags], {
    ...identity(options.account),
    cwd: '/',
    env: serverEnvironment(),
    // In a session of its own: Ctrl-C in the terminal is for us, who still have records to commit.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', ...place.stdio],
  })
  place.close()
  const watcher = watchOverUs(child, options.account)
  let stopping = false
  const exited = new Promise<boolean>(resolve => {
    child.once('close', () => {
      watcher?.kill('SIGKILL')
      resolve(stopping)
    })
  })
  await started(child, options)
  return {
    pid: child.pid ?? 0,
    exited,
    async stop() {
      stopping = true
      child.kill('SIGINT')
      const since = Date.now()
      const impatient = setInterval(() => {
        if (Date.now() - since >= INTERRUPT_AFTER_MS) interruptAll(options.cluster)
        // It kills by itself what does not heed that, after five seconds.
        if (Date.now() - since >= SHUTDOWN_DEADLINE_MS) child.kill('SIGQUIT')
      }, INTERRUPT_EVERY_MS)
      await exited
      clearInterval(impatient)
    },
  }
}

function started(child: ChildProcess, { log, settings, cluster }: PostmasterOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      if (log.write(chunk).some(line => line.includes(READY))) resolve()
    })
    child.once('error', cause => {
      reject(
        new SensoriumError('DATA_DIR_UNUSABLE', `the embedded Postgres does not start: ${cause.message}`, { cause }),
      )
    })
    // 'close' comes after the last line of stderr, 'exit' may come before it.
    child.once('close', () => reject(startFailure(log.tail, settings.port ?? '', cluster, log.path)))
  })
}

/** What the server's last lines mean for whoever started it. */
export function startFailure(lines: readonly string[], port: string, cluster: string, log: string): SensoriumError {
  const text = lines.join('\n')
  if (/could not (bind|create any TCP\/IP sockets)/.test(text)) {
    return new SensoriumError(
      'ADDRESS_UNAVAILABLE',
      `127.0.0.1:${port} is taken: set service.database.port to a free port for the embedded Postgres`,
    )
  }
  if (/lock file ".*" already exists|is still in use/.test(text)) {
    return new SensoriumError(
      'DATA_DIR_IN_USE',
      `another Postgres server runs in ${cluster}: stop it, or choose another service.database.data_dir`,
    )
  }
  const reason = lines.findLast(line => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
  return new SensoriumError(
    'DATA_DIR_UNUSABLE',
    `the embedded Postgres does not start in ${cluster}: ${reason.replace(/^.*?(FATAL|PANIC|ERROR):\s*/, '')} (see ${log})`,
  )
}

/**
 * Shuts the server down when we die without having done so, SIGKILL included: the shell reads a pipe whose other end
 * is ours, and the kernel closes it with us. Fast first; a server with a session that heeds no signal is then told to
 * quit, at which it kills its sessions itself, and at last is killed.
 */
function watchOverUs(server: ChildProcess, account: Account | undefined): ChildProcess | undefined {
  if (server.pid === undefined) return undefined
  const watcher = spawn('/bin/sh', ['-c', WATCH, String(server.pid)], {
    ...identity(account),
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Without it an orphan stays; the next start clears it. No reason not to run.
  watcher.on('error', () => {})
  return watcher
}

const WATCH = `read -r _
end() {
  kill -"$1" "$0" 2>/dev/null || exit 0
  waited=0
  while [ "$waited" -lt "$2" ] && kill -0 "$0" 2>/dev/null; do sleep 1; waited=$((waited + 1)); done
}
end INT 10
end QUIT 8
end KILL 1`

/** A folder as the server's account reaches it, with the file descriptors that a child needs for that. */
export interface OpenFolder {
  readonly path: string
  readonly stdio: readonly number[]
  close(): void
}

/**
 * The data folder as the server's account reaches it. Where a folder on the way is closed to the account, the server
 * inherits the opened folder and finds it in /proc, past its parents.
 */
export function openFolder(cluster: string, account: Account | undefined): OpenFolder {
  if (account === undefined || canReach(cluster, account)) return { path: cluster, stdio: [], close: () => {} }
  if (process.platform !== 'linux') {
    throw new SensoriumError(
      'DATA_DIR_UNUSABLE',
      `Postgres runs as ${account.name}, since it refuses to run as root, and cannot enter ${cluster}: choose a service.database.data_dir outside of closed folders, or run Sensorium as an ordinary user`,
    )
  }
  const fd = openSync(cluster, 'r')
  return { path: `/proc/self/fd/${FOLDER_FD}`, stdio: [fd], close: () => closeSync(fd) }
}

export function identity(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid }
}

/** The path alone: PGDATA, PGPORT and the like of the user's shell are for other servers. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}
