import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import { batchId, handOn } from '../../pipeline/edge/hand-on.ts'
import { edgeRecord, edgeResource, edgeScope, nowUnixNano, SEVERITIES } from '../../pipeline/edge/record.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'
import { withClient } from '../../store/connect.ts'
import { markSilenceReported, readSilentNodes, type SilentNode } from '../../store/nodes.ts'

/** "sens", "node": of several replicas on one database, the holder of this advisory lock looks. */
const LEADER_LOCK = [0x73656e73, 0x6e6f6465]

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
    const stopping = new AbortController()
    let working: Promise<void> = Promise.resolve()
    const work = async () => {
      while (!stopping.signal.aborted) {
        try {
          await round(intervals, next, context, stopping.signal)
        } catch (error) {
          // The database is away or busy: who is silent is still silent the next time.
          context.logger.warn({ err: error }, 'looking for silent nodes failed; it is tried again')
        }
        await pause(checkIntervalMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
      }
    }
    return {
      start: async () => {
        working = work()
      },
      shutdown: async () => {
        stopping.abort()
        await working
      },
    }
  },
})

/** A finding that is stored but not marked, because the process ended between, is the same batch when it is sent again. */
async function round(intervals: number, next: Consume, context: Context, stopping: AbortSignal): Promise<void> {
  await withClient(context.database, 'owner', async client => {
    const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS leads', LEADER_LOCK)
    if (!rows[0]?.leads) return
    for (const node of await readSilentNodes(client, intervals)) {
      if (stopping.aborted) return
      const id = batchId('node_unseen', node.nodeId, node.lastSeen.toISOString())
      await handOn(context, next, stopping, { id, signal: 'logs', items: [findingOf(node)], bytes: 500 })
      await markSilenceReported(client, node)
    }
  })
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
