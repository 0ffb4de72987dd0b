import { type NodeAgent, startAgent, TIMING } from './agent.ts'
import type { NodeAgentOptions } from './settings.ts'

export type { NodeAgent, NodeAgentStatus } from './agent.ts'
export { installCrashHooks } from './hooks.ts'
export type { NodeAgentOptions } from './settings.ts'

/**
 * Reports the crashes of earlier processes, sends heartbeats, and keeps what the node reports until it is acknowledged.
 * Never throws and never waits for the network or the disk: everything happens beside the node's own work.
 */
export function startNodeAgent(options: NodeAgentOptions): NodeAgent {
  return startAgent(options, TIMING)
}
