import { messageOf } from './describe-error.ts'

/** The server's own limit is 512. */
const MAX_STATE_CHARS = 100

/** What the agent knows of the node's own connection and work. */
export function createNodeState(version: string, nodeId: string | undefined) {
  const startedAtMs = performance.now()
  let lastConnected: string | null = null
  let lastTaskAt: string | null = null
  let isLossReported = false
  const state = {
    connection: 'starting',
    failures: 0,
    errors: 0,
    /** When the connection was last there, at the failure that is to be reported; undefined at the others. */
    failed(threshold: number): string | null | undefined {
      state.failures += 1
      const isLost = state.failures >= threshold
      state.connection = isLost ? 'degraded' : 'reconnecting'
      if (!isLost || isLossReported) return undefined
      isLossReported = true
      return lastConnected
    },
    restored(): void {
      state.failures = 0
      isLossReported = false
      state.connection = 'connected'
      lastConnected = new Date().toISOString()
    },
    set(connection: string): void {
      const text = typeof connection === 'string' ? connection : messageOf(connection)
      state.connection = text.slice(0, MAX_STATE_CHARS)
    },
    taskDone(): void {
      lastTaskAt = new Date().toISOString()
    },
    /** The body of a heartbeat. Its uptime does not follow the wall clock, which may be set back. */
    heartbeat: () => ({
      node_id: nodeId,
      version,
      uptime: Math.round(performance.now() - startedAtMs),
      connection_state: state.connection,
      ws_failure_count: state.failures,
      last_task_at: lastTaskAt,
      memory_mb: Math.round(process.memoryUsage().rss / 1024 / 1024),
      error_count: state.errors,
    }),
  }
  return state
}
