import { readFileSync } from 'node:fs'
import type pg from 'pg'
import type { Logger } from 'pino'
import { errorText } from '../../pipeline/errors.ts'
import { withinDeadline } from '../deadline.ts'
import { processesIn, signalProcess, worksIn } from './leftovers.ts'

/** A session that is past a limit. */
export interface Session {
  readonly pid: number
  readonly on_cpu: boolean
  readonly login: string
}

/** Since it was seen past its limit, and told to end. */
const INTERRUPT_AFTER_MS = 1_000
const INTERRUPTS_MAX = 5
const KILL_AFTER_MS = 30_000
/** The checkpoint makes the restart short. A session that holds a page keeps it from ending, and that is no reason to keep the session. */
const CHECKPOINT_LIMIT_MS = 10_000

/**
 * Ends sessions that are past a limit, by steps:
 *
 *     terminate ─(still there)→ interrupt, up to five times ─(still there after 30 s)→ checkpoint and kill
 *
 * Most go at the first step. Some functions of Postgres look at no signal while they compute (position, translate,
 * array operators over long values), so cancelling and terminating do nothing for minutes or hours. The interrupt is
 * SIGFPE: Postgres takes it for an arithmetic fault and raises an ordinary error out of the handler, from wherever the
 * process is; the statement rolls back, and the termination that is pending ends the session. No other session notices.
 * It is sent only to a process that computes and has ignored its termination for a second: code that holds something
 * shared looks for interrupts, or is through, in microseconds.
 *
 * SIGKILL makes the server restart for everybody, so it is the last resort, and a checkpoint before it makes that short.
 * See docs/decisions/statements-that-do-not-stop.md.
 */
export function createOverdue(cluster: string, logger: Logger, killAfterMs = KILL_AFTER_MS) {
  const seen = new Map<number, { readonly since: number; interrupts: number }>()
  return {
    /** To be called again and again while there are any; `owner` may be hung up on. */
    async end(owner: pg.ClientBase, sessions: readonly Session[]): Promise<void> {
      const pids = new Set(sessions.map(({ pid }) => pid))
      for (const pid of seen.keys()) if (!pids.has(pid)) seen.delete(pid)
      const now = performance.now()
      for (const { pid, on_cpu, login } of sessions) {
        const session = seen.get(pid)
        if (session === undefined) {
          seen.set(pid, { since: now, interrupts: 0 })
          await owner.query('SELECT pg_terminate_backend($1)', [pid])
        } else if (now - session.since >= killAfterMs) {
          logger.error({ pid, login }, 'a reading statement cannot be stopped: the database restarts without it')
          await checkpoint(owner, logger)
          if (worksIn(cluster, pid)) signalProcess(pid, 'SIGKILL')
        } else if (now - session.since >= INTERRUPT_AFTER_MS && session.interrupts < INTERRUPTS_MAX && on_cpu) {
          session.interrupts += 1
          logger.warn({ pid, login }, 'a reading statement is past its deadline and heeds no signal: interrupting it')
          interrupt(cluster, pid)
        }
      }
    },
  }
}

async function checkpoint(owner: pg.ClientBase, logger: Logger): Promise<void> {
  await withinDeadline(owner, owner.query('CHECKPOINT'), CHECKPOINT_LIMIT_MS).catch((error: unknown) =>
    logger.warn(`no checkpoint before the restart, which will take longer: ${errorText(error)}`),
  )
}

/** For a shutdown: interrupts all that computes for a client in the cluster. */
export function interruptAll(cluster: string): void {
  for (const pid of processesIn(cluster)) if (isClientBackend(pid)) interrupt(cluster, pid)
}

function interrupt(cluster: string, pid: number): void {
  // Without /proc we cannot be sure whose it is, and a wrong process would die of it.
  if (worksIn(cluster, pid) && isComputing(pid)) signalProcess(pid, 'SIGFPE')
}

function isComputing(pid: number): boolean {
  try {
    return / R /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, ''))
  } catch {
    return false
  }
}

/** Its title names the login, the database, the client's address and what it does; the server's own have two words. */
function isClientBackend(pid: number): boolean {
  try {
    return /^postgres: \S+ \S+ \d+\.\d+\.\d+\.\d+\(\d+\) /.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
  } catch {
    return false
  }
}
