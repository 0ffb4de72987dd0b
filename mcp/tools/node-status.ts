import { z } from 'zod'
import { counted, nextCall, page } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { budget, defineTool, text } from '../tool.ts'

const NODES_MAX = 200
const TROUBLES_MAX = 50

export const nodeStatus = defineTool({
  name: 'node_status',
  title: 'Nodes and their crashes',
  description: 'Registered nodes, when each was last heard of, and what is unresolved. {"node_id":"kitchen"}',
  input: z.strictObject({
    node_id: text(255).optional(),
    unresolved_only: z.boolean().default(false),
    ...budget,
  }),
  async run({ node_id, unresolved_only }, access) {
    if (access.services !== undefined && !access.services.includes('node')) {
      throw new ToolRefusal('this token may not see nodes (the service node)')
    }
    const nodes = await access.shown(
      `SELECT r.node_id, r.name, r.user_id, r.environment, l.last_seen, l.node_version, u.unresolved,
         CASE WHEN r.revoked_at IS NOT NULL THEN 'revoked' WHEN l.last_seen IS NULL THEN 'never seen'
           WHEN l.last_seen < now() - 3 * r.heartbeat_interval_s * interval '1 second' THEN 'silent' ELSE 'alive' END AS state
       FROM node_registry r LEFT JOIN LATERAL (
         SELECT created_at AS last_seen, node_version FROM node_telemetry t WHERE t.node_id = r.node_id ORDER BY created_at DESC LIMIT 1) l ON true
       CROSS JOIN LATERAL (SELECT count(*)::int AS unresolved FROM node_telemetry t
         WHERE t.node_id = r.node_id AND NOT t.resolved AND t.severity <> 'info') u
       WHERE ($1::text IS NULL OR r.node_id = $1) AND (NOT $2 OR u.unresolved > 0)
       ORDER BY u.unresolved DESC, l.last_seen DESC NULLS LAST LIMIT $3`,
      [node_id ?? null, unresolved_only, NODES_MAX + 1],
    )
    const troubles = await access.shown(
      `SELECT created_at, node_id, type, severity, left(message, 500) AS message, node_version, resolved,
         lpad(to_hex(fingerprint), 16, '0') AS fingerprint
       FROM node_telemetry WHERE severity <> 'info' AND ($1::text IS NULL OR node_id = $1) AND (NOT $2 OR NOT resolved)
       ORDER BY created_at DESC LIMIT $3`,
      [node_id ?? null, unresolved_only, TROUBLES_MAX + 1],
    )
    return {
      summary: `${counted(Math.min(nodes.length, NODES_MAX), 'node')}${nodes.length > NODES_MAX ? ' of more' : ''}, ${nodes.filter(row => row.state === 'silent').length} silent; ${counted(Math.min(troubles.length, TROUBLES_MAX), 'crash or warning', 'crashes and warnings')}${troubles.length > TROUBLES_MAX ? ', the newest of more' : ''}.`,
      sections: [
        { name: 'nodes', ...page(nodes, NODES_MAX), more: 'name a node_id' },
        { name: 'troubles', ...page(troubles, TROUBLES_MAX), more: 'name a node_id' },
      ],
      next: troubles
        .filter(row => row.fingerprint !== undefined)
        .slice(0, 1)
        .map(row => nextCall('get_fingerprint_samples', { fingerprint: row.fingerprint, env: '*' })),
      empty: nodes.length > 0 ? undefined : whyNone(node_id, unresolved_only),
    }
  },
})

function whyNone(nodeId: string | undefined, unresolvedOnly: boolean): string {
  if (unresolvedOnly) return 'Nothing is unresolved; without unresolved_only all nodes are listed.'
  if (nodeId !== undefined) return 'No such node is registered; without node_id all are listed.'
  return 'No node is registered: `sensorium nodes add` does that.'
}
