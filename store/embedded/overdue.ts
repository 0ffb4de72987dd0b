import { readFileSync } from 'node:fs'
import type pg from 'pg'
import type { Logger } from 'pino'
import { processesIn, signalProcess, worksIn } from './leftovers.ts'

/** A session that is past a limit. */
export interface Session {
  readonly pid: number
  readonly on_cpu: boolean
  readonly login: string
}

/** How often it has been seen past its limit, half a second apart, before the next step is taken. */
const POLLS_BEFORE_INTERRUPT = 2
const INTERRUPTS_MAX = 5
const POLLS_BEFORE_KILL = 60

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
export function createOverdue(cluster: string, logger: Logger) {
  const seen = new Map<number, { polls: number; interrupts: number }>()
  return {
    async end(owner: pg.ClientBase, sessions: readonly Session[]): Promise<void> {
      const pids = new Set(sessions.map(({ pid }) => pid))
      for (const pid of seen.keys()) if (!pids.has(pid)) seen.delete(pid)
      for (const { pid, on_cpu, login } of sessions) {
        const session = seen.get(pid) ?? { polls: 0, interrupts: 0 }
        seen.set(pid, session)
        session.polls += 1
        if (session.polls === 1) {
          await owner.query('SELECT pg_terminate_backend($1)', [pid])
        } else if (session.polls >= POLLS_BEFORE_KILL) {
          logger.error({ pid, login }, 'a reading statement cannot be stopped: the database restarts without it')
          await owner.query('CHECKPOINT')
          if (worksIn(cluster, pid)) signalProcess(pid, 'SIGKILL')
        } else if (session.polls > POLLS_BEFORE_INTERRUPT && session.interrupts < INTERRUPTS_MAX && on_cpu) {
          session.interrupts += 1
          logger.warn({ pid, login }, 'a reading statement is past its deadline and heeds no signal: interrupting it')
          interrupt(cluster, pid)
        }
      }
    },
  }
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
