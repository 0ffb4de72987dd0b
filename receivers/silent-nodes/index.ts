import { z } from 'zod'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import { batchId, handOn } from '../../pipeline/edge/hand-on.ts'
import { edgeRecord, edgeResource, edgeScope, nowUnixNano, SEVERITIES } from '../../pipeline/edge/record.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'
import { startJobs, type Turn } from '../../store/jobs/index.ts'
import {
  markReturnReported,
  markSilenceReported,
  type ReturnedNode,
  readReturnedNodes,
  readSilentNodes,
  type SilentNode,
} from '../../store/nodes.ts'

export const silentNodes = define({
  kind: 'receiver',
  type: 'silent_nodes',
  summary:
    'Emits a finding for each registered node that has not been heard of for some of its heartbeats, and when it is back.',
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
  for (const node of await readReturnedNodes(client)) {
    if (signal.aborted) return
    const id = batchId('node_back', node.nodeId, node.lastSeen.toISOString())
    await handOn(context, next, signal, { id, signal: 'logs', items: [returnOf(node)], bytes: 500 })
    await markReturnReported(client, node)
  }
}

const SCOPE = edgeScope('sensorium.findings')

function findingOf(node: SilentNode): LogRecord {
  return recordOf(node, {
    event: 'node.lost',
    level: 'error',
    body: `node ${node.name} has not been heard of since ${node.lastSeen.toISOString()}`,
    title: `node ${node.name} is lost`,
    revision: 1n,
  })
}

function returnOf(node: ReturnedNode): LogRecord {
  const silentS = Math.round((+node.backAt - +node.lastSeen) / 1_000)
  return recordOf(node, {
    event: 'node.back',
    level: 'info',
    body: `node ${node.name} is back after ${silentS} s of silence`,
    title: `node ${node.name} is back`,
    revision: 2n,
    until: node.backAt.toISOString(),
  })
}

interface Telling {
  readonly event: 'node.lost' | 'node.back'
  readonly level: 'error' | 'info'
  readonly body: string
  readonly title: string
  readonly revision: bigint
  readonly until?: string
}

function recordOf(node: SilentNode, { event, level, body, title, revision, until }: Telling): LogRecord {
  const now = nowUnixNano()
  const since = node.lastSeen.toISOString()
  return edgeRecord({
    resource: edgeResource({ 'service.name': node.name, 'deployment.environment.name': node.environment }),
    scope: SCOPE,
    timeUnixNano: now,
    observedTimeUnixNano: now,
    ...SEVERITIES[level],
    body,
    attributes: new Map<string, string | bigint>([
      ['finding.id', `node/${node.nodeId}/${Math.floor(+node.lastSeen / 1_000)}`],
      ['finding.kind', 'node'],
      ['finding.severity', level],
      ['finding.title', title],
      ['finding.since', since],
      ...(until === undefined ? [] : [['finding.until', until] as const]),
      ['finding.link', `/nodes/${node.nodeId}`],
      ['finding.revision', revision],
      ['node.id', node.nodeId],
      ['node.name', node.name],
      ['finding.environment', node.environment],
      ['finding.last_seen', since],
      ['finding.heartbeat_interval_s', BigInt(node.intervalS)],
    ]),
    eventName: event,
  })
}
