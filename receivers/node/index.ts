import type { Context as HonoContext } from 'hono'
import { z } from 'zod'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import { presentSecrets, secretList, tokenCheck } from '../../pipeline/edge/access.ts'
import { readEdgeJson, readEdgeObject } from '../../pipeline/edge/body.ts'
import { batchId, handOn } from '../../pipeline/edge/hand-on.ts'
import { edgeLimits } from '../../pipeline/edge/limits.ts'
import { nowUnixNano } from '../../pipeline/edge/record.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { addEdgeRoute } from '../../pipeline/edge/route.ts'
import { withClient } from '../../store/connect.ts'
import { takeBridgeMessages } from '../../store/known-issues/bridge.ts'
import { type RegisteredNode, readNodeTelemetry } from '../../store/nodes.ts'
import { createNodeKeys, type NodeKeys } from './keys.ts'
import { heartbeatPoints, heartbeatRecord, heartbeatReport, telemetryRecord, telemetryReport } from './report.ts'

/** Two copies of a heartbeat within this are one that was sent again; a later one is a new sign of life. */
const HEARTBEAT_RESEND_MS = 1_000
const TELEMETRY_LIMIT_DEFAULT = 100

export const node = define({
  kind: 'receiver',
  type: 'node',
  summary:
    'Takes the telemetry and heartbeats of registered nodes: POST /api/node/telemetry and /api/node/heartbeat on the HTTP port of the application, with x-node-key; GET /api/node/telemetry reads it.',
  signals: ['logs', 'metrics'],
  config: z.strictObject({
    registry_refresh_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(2_000)
      .describe('How old the known keys may be: for so long a revoked key may still work.'),
    read_tokens: secretList('Bearer tokens that may read the telemetry of all nodes; a node’s key reads its own.'),
    ...edgeLimits(1_048_576),
  }),
  examples: [{}, { registry_refresh_ms: 500, read_tokens: ['dashboard'], max_body_bytes: 262_144 }],
  create(settings, next, context) {
    const stopping = new AbortController()
    const keys = createNodeKeys(context.database, settings.registry_refresh_ms)
    const read = createReader(context, keys, presentSecrets(settings.read_tokens))
    const admit = async (c: HonoContext) => {
      const key = c.req.header('x-node-key')
      await keys.nodeOf(key)
      return { token: key }
    }
    const { telemetry, heartbeat } = createIntake(context, next, keys, stopping.signal)
    addEdgeRoute(context, { path: '/api/node/telemetry', limits: settings, admit, take: telemetry, read })
    addEdgeRoute(context, { path: '/api/node/heartbeat', limits: settings, admit, take: heartbeat })
    return {
      shutdown: async deadline => {
        deadline.addEventListener('abort', () => stopping.abort(), { once: true })
      },
    }
  },
})

function createIntake(context: Context, next: Consume, keys: NodeKeys, stopping: AbortSignal) {
  const hand = <S extends 'logs' | 'metrics'>(batch: Parameters<typeof handOn<S>>[3]) =>
    handOn<S>(context, next, stopping, batch)
  return {
    telemetry: async (c: HonoContext, body: Buffer) => {
      // Known since `admit`, and asked again: it may have been revoked while the body came.
      const node = await keys.nodeOf(c.req.header('x-node-key'))
      const report = readEdgeObject(telemetryReport, readEdgeJson(c, body))
      mustBe(node, report.node_id)
      const id = batchId('node telemetry', node.nodeId, body)
      const items = [telemetryRecord(report, node, nowUnixNano())]
      return hand<'logs'>({ id, signal: 'logs', items, bytes: body.length })
    },
    heartbeat: async (c: HonoContext, body: Buffer) => {
      const node = await keys.nodeOf(c.req.header('x-node-key'))
      const report = readEdgeObject(heartbeatReport, readEdgeJson(c, body))
      mustBe(node, report.node_id)
      const now = nowUnixNano()
      const second = String(Math.floor(Date.now() / HEARTBEAT_RESEND_MS))
      const id = batchId('node heartbeat', node.nodeId, second, body)
      const bytes = body.length
      const [logs] = await Promise.all([
        context.signals.includes('logs')
          ? hand<'logs'>({ id, signal: 'logs', items: [heartbeatRecord(report, node, now)], bytes })
          : undefined,
        context.signals.includes('metrics')
          ? hand<'metrics'>({
              id: `${id} metrics`,
              signal: 'metrics',
              items: heartbeatPoints(report, node, now),
              bytes,
            })
          : undefined,
      ])
      // Who is told over the bridge hears of it with the answer; a database that is away keeps it for the next.
      const messages = node.hasMessages
        ? await withClient(context.database, 'writer', client => takeBridgeMessages(client, node.nodeId)).catch(
            () => [],
          )
        : []
      return { ...logs, ...(messages.length === 0 ? {} : { messages }) }
    },
  }
}

function mustBe(node: RegisteredNode, claimed: string | undefined): void {
  if (claimed === undefined || claimed === node.nodeId) return
  throw new EdgeRefusal(
    403,
    `this key is of node ${node.nodeId}, not of ${claimed}; send node_id ${node.nodeId} or leave it out`,
  )
}

const NO_READER = 'send the header x-node-key, or authorization: Bearer TOKEN with a token of read_tokens'
const UNKNOWN_READER =
  'this server does not know the token; ask its operator for one of read_tokens, or send x-node-key'

/** `?node_id=&unresolved=true&limit=`: a read token sees all nodes, a node's key its own. */
function createReader(context: Context, keys: NodeKeys, tokens: readonly string[]) {
  const isReader = tokenCheck(tokens)
  return async (c: HonoContext) => {
    const nodeId = await allowedNode(c)
    const limit = Number(c.req.query('limit') ?? TELEMETRY_LIMIT_DEFAULT)
    if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new EdgeRefusal(400, 'limit is 1 to 1000')
    const isUnresolved = readFlag(c.req.query('unresolved'))
    const telemetry = await withClient(context.database, 'reader', client =>
      readNodeTelemetry(client, { nodeId, isUnresolved, limit }),
    )
    return { telemetry }
  }

  async function allowedNode(c: HonoContext): Promise<string | undefined> {
    const asked = c.req.query('node_id') || undefined
    const authorization = c.req.header('authorization')
    if (isReader(authorization)) return asked
    const key = c.req.header('x-node-key')
    if (key === undefined) throw new EdgeRefusal(401, authorization === undefined ? NO_READER : UNKNOWN_READER)
    const node = await keys.nodeOf(key)
    mustBe(node, asked)
    return node.nodeId
  }
}

function readFlag(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false
  if (text === 'true') return true
  throw new EdgeRefusal(400, `unresolved is true or false, not ${text.slice(0, 20)}`)
}
