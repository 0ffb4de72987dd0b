import { z } from 'zod'
import { readFleet, readNodeTroubles } from '../../store/nodes.ts'
import { counted, nextCall, page, type Row } from '../answer.ts'
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
    const asked = { nodeId: node_id, unresolvedOnly: unresolved_only }
    const read = (sql: string, values: readonly unknown[]) => access.shown(sql, values)
    const nodes = (await readFleet(read, { ...asked, limit: NODES_MAX })) as readonly Row[] // rows of `shown`
    const troubles = (await readNodeTroubles(read, { ...asked, limit: TROUBLES_MAX })) as readonly Row[]
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
