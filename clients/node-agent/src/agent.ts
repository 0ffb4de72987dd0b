import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { limitedWarnings, type Outcome } from '../../delivery/delivery.ts'
import { createCourier } from './courier.ts'
import { reportCrashes } from './crash-report.ts'
import { describeError, messageOf } from './describe-error.ts'
import { startHeartbeat } from './heartbeat.ts'
import { installCrashHooks } from './hooks.ts'
import { createNodeState } from './node-state.ts'
import { createRequester } from './request.ts'
import { type NodeAgentOptions, readSettings } from './settings.ts'
import { createSpool, type Later } from './spool.ts'

export interface NodeAgentStatus {
  readonly connectionState: string
  /** Failed connections in a row. */
  readonly failureCount: number
  readonly errorCount: number
  /** Reports in the spool. */
  readonly pending: number
  /** Reports given up since the start: the spool was full, the disk did not take them, they were too large. */
  readonly dropped: number
  /** Reports that the server refuses, set aside in `spool/refused`, since the start. */
  readonly refused: number
}

/** No method throws, and none touches the network or a file before it returns. */
export interface NodeAgent {
  /** A connection of the node's own could not be made or broke. At the threshold that is reported, once until it is back. */
  connectionFailed(): void
  connectionRestored(): void
  setConnectionState(state: string): void
  taskDone(): void
  /** An error that the node survived: counted, and reported. */
  reportError(error: unknown): void
  /** The state of something, for whoever looks at the node later. */
  reportHealth(details: Readonly<Record<string, unknown>>): void
  status(): Promise<NodeAgentStatus>
  /**
   * Ends heartbeats and hooks and sends what waits; true when all of it was taken within the time. What was not is sent
   * by the next start.
   */
  stop(timeoutMs?: number): Promise<boolean>
}

export interface Timing {
  readonly requestTimeoutMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
}

export const TIMING: Timing = { requestTimeoutMs: 10_000, retryMinMs: 1_000, retryMaxMs: 60_000 }
/** The server takes a report of 1 MiB; one of a node is a few KiB. */
const SPOOL_LIMITS = { maxFiles: 1_000, maxBytes: 16 * 1024 * 1024, maxReportBytes: 512 * 1024 }
const MAX_ERROR_CHARS = 64 * 1024
const STOP_TIMEOUT_MS = 5_000
/** Crash logs in one round: that of the last process, that of its predecessor which was not yet sent, and one to see. */
const MAX_CRASH_LOGS = 3

export function startAgent(options: NodeAgentOptions, timing: Timing): NodeAgent {
  const settings = readSettings(options)
  const warn = limitedWarnings(message => (options.onWarning ?? console.warn)(`node-agent: ${message}`))
  const { folder } = settings
  const spool = createSpool(path.join(folder, 'spool'), SPOOL_LIMITS, warn)
  const requester =
    settings.server === undefined ? undefined : createRequester(settings.server, timing.requestTimeoutMs)
  const removeHooks = options.hooks === false ? undefined : installCrashHooks(folder)
  process.on('exit', spool.writeAtExit)
  const state = createNodeState(settings.version, settings.nodeId)
  const describe = () => ({ node_version: settings.version, os: process.platform, arch: process.arch })

  const post = async (route: string, body: string): Promise<Outcome> =>
    (await requester?.send(route, body)) ?? { retry: settings.fault }
  const send = (body: string) => post('/api/node/telemetry', body)
  const crashes = {
    folder,
    describe,
    send,
    setAside: spool.setAside,
    onWarning: (message: string) => warn('crash', message),
  }

  let areCrashesDone = false
  /** The crash logs of earlier processes, one of which may have waited when the next was written. */
  async function sendCrashes(): Promise<Later | undefined> {
    for (let log = 0; log < MAX_CRASH_LOGS && !areCrashesDone; log++) {
      const outcome = await reportCrashes(crashes)
      if (typeof outcome === 'object') return outcome
      areCrashesDone = outcome === 'nothing'
    }
    return undefined
  }

  /** Crash reports first, then the spool; a disk that fails the one does not hold up the other. */
  async function round(): Promise<Later | undefined> {
    const later = await sendCrashes().catch((error: unknown) => ({ retry: `the crash log: ${messageOf(error)}` }))
    // A server that asked for a pause has it; for the rest, one report that it chokes on must not stop the others.
    const isPauseAsked = later !== undefined && 'retryAfterMs' in later
    const rest = isPauseAsked ? later : await spool.drain(send)
    const first = later ?? rest
    if (first !== undefined) warn('retry', `reports wait in ${folder}: ${first.retry}`)
    return rest?.retryAfterMs === undefined ? first : rest
  }

  const courier = createCourier(round, timing)
  const stopHeartbeat =
    requester === undefined
      ? () => warn('settings', `reports wait in ${folder}: ${settings.fault}`)
      : startHeartbeat(
          settings.heartbeatIntervalMs,
          () => post('/api/node/heartbeat', JSON.stringify(state.heartbeat())),
          message => warn('heartbeat', message),
        )
  courier.wake()

  function report(type: string, details: object): void {
    try {
      // The identity tells two equal reports of one millisecond from one that was sent twice.
      const own = { type, ...describe(), timestamp: new Date().toISOString(), report_id: randomUUID() }
      spool.add(JSON.stringify({ ...details, ...own }))
      void spool.settled().then(courier.wake)
    } catch (error) {
      spool.drop(1, `a report cannot be put as JSON (${messageOf(error)})`)
    }
  }

  return {
    connectionFailed() {
      const lastConnected = state.failed(settings.failureThreshold)
      if (lastConnected === undefined) return
      const failure_count = state.failures
      const message = `no connection after ${failure_count} tries`
      report('connection_degraded', { failure_count, last_connected: lastConnected, message })
    },
    connectionRestored: state.restored,
    setConnectionState: state.set,
    taskDone: state.taskDone,
    reportError(error) {
      state.errors += 1
      const stack = error instanceof Error ? { stack: describeError(error).slice(0, MAX_ERROR_CHARS) } : {}
      report('error', { message: messageOf(error).slice(0, MAX_ERROR_CHARS), ...stack })
    },
    reportHealth: details => report('health', details),
    async status() {
      const { connection, failures, errors } = state
      return { connectionState: connection, failureCount: failures, errorCount: errors, ...(await spool.counts()) }
    },
    async stop(timeoutMs = STOP_TIMEOUT_MS) {
      stopHeartbeat()
      const isDone = await within(timeoutMs, async () => {
        await spool.settled()
        return courier.flush()
      })
      courier.close()
      requester?.close()
      removeHooks?.()
      process.off('exit', spool.writeAtExit)
      return isDone
    },
  }
}

/** False when `work` is not done in time. The timer keeps the process, since the requests themselves do not. */
async function within(timeoutMs: number, work: () => Promise<boolean>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  const isDone = await Promise.race([work(), late])
  clearTimeout(timer)
  return isDone
}
