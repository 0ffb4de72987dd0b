import { z } from 'zod'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import { batchId, handOn } from '../../pipeline/edge/hand-on.ts'
import { edgeRecord, edgeResource, edgeScope, nowUnixNano, SEVERITIES } from '../../pipeline/edge/record.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'
import { startJobs, type Turn } from '../../store/jobs/index.ts'
import { markSilenceReported, readSilentNodes, type SilentNode } from '../../store/nodes.ts'

export const silentNodes = define({
  kind: 'receiver',
  type: 'silent_nodes',
  summary: 'Emits a finding for each registered node that has not been heard of for some of its heartbeats.',
  signals: ['logs'],
  config: z.strictObject({
    intervals: z.number().min(1).max(1_000).default(3).describe('Heartbeats that a node may miss.'),
    check_interval_ms: z.int().min(100).max(600_000).default(5_000).describe('How often the nodes are looked at.'),
  }),
  examples: [{}, { intervals: 10, check_interval_ms: 60_000 }],
  create({ intervals, check_interval_ms: checkIntervalMs }, next, context) {
    let jobs: ReturnType<typeof startJobs> | undefined
    return {
      start: async () => {
        jobs = startJobs({
          database: context.database,
          logger: context.logger,
          meter: context.meter,
          // Who is silent is still silent in the turn after one that failed.
          jobs: [{ name: context.id, everyMs: checkIntervalMs, run: turn => round(intervals, next, context, turn) }],
        })
      },
      shutdown: async () => {
        await jobs?.stop()
      },
    }
  },
})

/** A finding that is stored but not marked, because the process ended between, is the same batch when it is sent again. */
async function round(intervals: number, next: Consume, context: Context, { client, signal }: Turn): Promise<void> {
  for (const node of await readSilentNodes(client, intervals)) {
    if (signal.aborted) return
    const id = batchId('node_unseen', node.nodeId, node.lastSeen.toISOString())
    await handOn(context, next, signal, { id, signal: 'logs', items: [findingOf(node)], bytes: 500 })
    await markSilenceReported(client, node)
  }
}

const RESOURCE = edgeResource({ 'service.name': 'sensorium' })
const SCOPE = edgeScope('sensorium.findings')

function findingOf(node: SilentNode): LogRecord {
  const now = nowUnixNano()
  return edgeRecord({
    resource: RESOURCE,
    scope: SCOPE,
    timeUnixNano: now,
    observedTimeUnixNano: now,
    ...SEVERITIES.warn,
    body: `node ${node.name} has not been heard of since ${node.lastSeen.toISOString()}`,
    attributes: new Map<string, string | bigint>([
      ['finding.type', 'node_unseen'],
      ['node.id', node.nodeId],
      ['node.name', node.name],
      ['finding.environment', node.environment],
      ['finding.last_seen', node.lastSeen.toISOString()],
      ['finding.heartbeat_interval_s', BigInt(node.intervalS)],
    ]),
    eventName: 'finding.node_unseen',
  })
}
