import os from 'node:os'
import path from 'node:path'
import { background, limitedWarnings, type Outcome } from '../../delivery/delivery.ts'
import { environmentOf } from '../../delivery/on-exit.ts'
import { post } from '../../delivery/post.ts'
import { describeError } from './crash-log.ts'
import { reportCrashes } from './crash-report.ts'
import { installCrashHooks } from './hooks.ts'
import { createSpool } from './spool.ts'

export { installCrashHooks } from './hooks.ts'

export interface NodeAgentOptions {
  /** Sensorium's application endpoint, `https://sensorium.example`. Default: SENSORIUM_NODE_URL. */
  readonly url?: string
  /** What `sensorium nodes add` printed. Default: SENSORIUM_NODE_KEY. */
  readonly key?: string
  /** Default: SENSORIUM_NODE_ID; the key tells the node without it. */
  readonly nodeId?: string
  /** The version of the software that the node runs. */
  readonly version: string
  /** Crash log and spool. Default: `.sensorium-node` in the home folder. */
  readonly folder?: string
  readonly heartbeatIntervalMs?: number
  /** Failed connections in a row after which the loss is reported, once. */
  readonly failureThreshold?: number
  /** Default: `console.warn`. At most one a minute of each kind. */
  readonly onWarning?: (message: string) => void
}

export interface NodeAgentStatus {
  readonly connectionState: string
  readonly failureCount: number
  readonly errorCount: number
  /** Reports in the spool. */
  readonly pending: number
  readonly dropped: number
  readonly refused: number
}

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
  /** Ends heartbeats and hooks; true when all reports were sent within the time. What was not is sent by the next start. */
  stop(timeoutMs?: number): Promise<boolean>
}

const HEARTBEAT_INTERVAL_MS = 30_000
const FAILURE_THRESHOLD = 5
const REQUEST_TIMEOUT_MS = 10_000
const RETRY_MS = 15_000
const STOP_TIMEOUT_MS = 5_000
const SPOOL_LIMITS = { maxFiles: 1_000, maxBytes: 16 * 1024 * 1024 }

/** Never throws and never waits for the network: everything happens beside the node's own work. */
export function startNodeAgent(options: NodeAgentOptions): NodeAgent {
  const environment = environmentOf()
  const url = (options.url ?? environment.SENSORIUM_NODE_URL ?? '').replace(/\/+$/, '')
  const key = options.key ?? environment.SENSORIUM_NODE_KEY ?? ''
  const nodeId = options.nodeId ?? environment.SENSORIUM_NODE_ID
  const folder = options.folder ?? path.join(os.homedir(), '.sensorium-node')
  const threshold = options.failureThreshold ?? FAILURE_THRESHOLD
  const onWarning = limitedWarnings(message => (options.onWarning ?? console.warn)(`node-agent: ${message}`))
  const spool = createSpool(path.join(folder, 'spool'), SPOOL_LIMITS, message => onWarning('spool', message))
  const startedAt = Date.now()
  const state = {
    connection: 'starting',
    failures: 0,
    errors: 0,
    lastConnected: undefined as string | undefined,
    lastTaskAt: null as string | null,
    isStopped: false,
    isHeartbeatUnderWay: false,
  }
  const removeHooks = installCrashHooks(folder)
  if (url === '' || key === '') {
    onWarning('unconfigured', 'SENSORIUM_NODE_URL or SENSORIUM_NODE_KEY is not set: reports wait in the spool')
  }

  const describe = () => ({ node_version: options.version, os: process.platform, arch: process.arch })

  async function request(route: string, body: string): Promise<Outcome> {
    if (url === '' || key === '') return { retry: 'no address or no key' }
    const abort = new AbortController()
    const limit = setTimeout(() => abort.abort(), REQUEST_TIMEOUT_MS)
    try {
      const headers = { 'content-type': 'application/json', 'x-node-key': key }
      const outcome = await post(`${url}${route}`, { headers, body }, abort.signal)
      // A key can be mended: what it could not send is not given up for it.
      if (typeof outcome === 'object' && 'refused' in outcome && /^40[13]\b/.test(outcome.refused)) {
        return { retry: outcome.refused }
      }
      return outcome
    } catch (error) {
      return { retry: abort.signal.aborted ? `no answer within ${REQUEST_TIMEOUT_MS} ms` : String(error) }
    } finally {
      clearTimeout(limit)
    }
  }

  const send = (body: string) => request('/api/node/telemetry', body)
  let working: Promise<boolean> | undefined
  let isAskedAgain = false
  let retry: ReturnType<typeof setTimeout> | undefined

  /** Crash reports first, then the spool. True when nothing waits any more. */
  function deliver(): Promise<boolean> {
    isAskedAgain = true
    working ??= (async () => {
      let isDone = false
      while (isAskedAgain) {
        isAskedAgain = false
        isDone = await deliverOnce()
      }
      working = undefined
      return isDone
    })()
    return working
  }

  async function deliverOnce(): Promise<boolean> {
    clearTimeout(retry)
    try {
      const crashes = await reportCrashes(folder, describe, send)
      if (crashes.outcome === 'refused') onWarning('refused', `the server refuses the crash report: ${crashes.why}`)
      if (crashes.outcome === 'sent') isAskedAgain = true
      const why = crashes.outcome === 'later' ? crashes.why : await spool.drain(send)
      if (why === undefined) return true
      onWarning('retry', `reports wait in ${folder}: ${why}`)
    } catch (error) {
      onWarning('disk', `reports cannot be read or kept in ${folder}: ${String(error)}`)
    }
    if (!state.isStopped) retry = background(() => void deliver(), RETRY_MS)
    return false
  }

  function report(type: string, details: object): void {
    const body = JSON.stringify({ ...details, type, ...describe(), timestamp: new Date().toISOString() })
    const added = spool.add(body).catch((error: unknown) => onWarning('disk', `a report is lost: ${String(error)}`))
    pendingAdds.add(added)
    void added.then(() => {
      pendingAdds.delete(added)
      void deliver()
    })
  }
  const pendingAdds = new Set<Promise<void>>()

  async function heartbeat(): Promise<void> {
    if (state.isHeartbeatUnderWay || url === '' || key === '') return
    state.isHeartbeatUnderWay = true
    const body = {
      node_id: nodeId,
      version: options.version,
      uptime: Date.now() - startedAt,
      connection_state: state.connection,
      ws_failure_count: state.failures,
      last_task_at: state.lastTaskAt,
      memory_mb: Math.round(process.memoryUsage().rss / 1024 / 1024),
      error_count: state.errors,
    }
    // One that fails is not sent later: it would tell of a state that is over.
    const outcome = await request('/api/node/heartbeat', JSON.stringify(body))
    state.isHeartbeatUnderWay = false
    if (outcome === 'sent') return
    onWarning('heartbeat', `a heartbeat was not taken: ${'retry' in outcome ? outcome.retry : outcome.refused}`)
  }

  const beating = setInterval(() => void heartbeat(), options.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS)
  beating.unref()
  void heartbeat()
  void deliver()

  /** The application's own mistakes in what it hands us stay here, too. */
  const safely = (work: () => void) => {
    try {
      work()
    } catch (error) {
      onWarning('report', `a report could not be made: ${describeError(error)}`)
    }
  }

  return {
    connectionFailed() {
      state.failures += 1
      state.connection = 'degraded'
      if (state.failures !== threshold) return
      report('connection_degraded', {
        failure_count: state.failures,
        last_connected: state.lastConnected ?? null,
        message: `no connection after ${state.failures} tries`,
      })
    },
    connectionRestored() {
      state.failures = 0
      state.connection = 'connected'
      state.lastConnected = new Date().toISOString()
    },
    setConnectionState(connection) {
      state.connection = String(connection)
    },
    taskDone() {
      state.lastTaskAt = new Date().toISOString()
    },
    reportError(error) {
      safely(() => {
        state.errors += 1
        const isError = error instanceof Error
        report('error', {
          message: (isError ? error.message : String(error)) || 'error',
          ...(isError && error.stack !== undefined ? { stack: describeError(error) } : {}),
        })
      })
    },
    reportHealth(details) {
      safely(() => report('health', details))
    },
    async status() {
      return {
        connectionState: state.connection,
        failureCount: state.failures,
        errorCount: state.errors,
        pending: await spool.pending(),
        dropped: spool.dropped,
        refused: spool.refused,
      }
    },
    async stop(timeoutMs = STOP_TIMEOUT_MS) {
      clearInterval(beating)
      removeHooks()
      await Promise.all(pendingAdds)
      const timeout = new Promise<boolean>(resolve => setTimeout(() => resolve(false), timeoutMs).unref())
      const isDone = await Promise.race([deliver(), timeout])
      state.isStopped = true
      clearTimeout(retry)
      return isDone
    },
  }
}
