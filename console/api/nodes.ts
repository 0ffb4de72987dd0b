import { z } from 'zod'
import { readFleet, readNodeHealth, readNodeTroubles } from '../../store/nodes.ts'
import { endpoint, NotFound, type Reading } from '../server/endpoint.ts'

type Row = Readonly<Record<string, unknown>>

export interface NodeRow {
  readonly node_id: string
  readonly name: string
  readonly user_id?: string
  readonly environment: string
  readonly heartbeat_interval_s: number
  readonly last_seen?: string
  readonly node_version?: string
  readonly unresolved: number
  readonly state: 'alive' | 'silent' | 'never seen' | 'revoked'
}

export interface NodesAnswer {
  readonly nodes: readonly NodeRow[]
  readonly hasMore: boolean
  readonly troubles: readonly Row[]
}

const NODES_MAX = 500
const TROUBLES_MAX = 50

export const nodes = endpoint({
  name: 'nodes',
  query: z.strictObject({ unresolved: z.enum(['0', '1']).default('0') }),
  async answer(reading, { unresolved }): Promise<NodesAnswer> {
    refuseOthers(reading)
    const asked = { unresolvedOnly: unresolved === '1' }
    const found = (await readFleet(reading.read, { ...asked, limit: NODES_MAX })) as unknown as readonly NodeRow[] // its columns
    const troubles = await readNodeTroubles(reading.read, { ...asked, limit: TROUBLES_MAX })
    return {
      nodes: found.slice(0, NODES_MAX),
      hasMore: found.length > NODES_MAX,
      troubles: troubles.slice(0, TROUBLES_MAX),
    }
  },
})

export interface NodeAnswer {
  readonly node: NodeRow
  readonly troubles: readonly Row[]
  readonly health: readonly Row[]
}

const HEALTH_MS = 86_400_000

export const node = endpoint({
  name: 'node',
  query: z.strictObject({ id: z.string().min(1).max(255) }),
  async answer(reading, { id }): Promise<NodeAnswer> {
    refuseOthers(reading)
    const [found] = (await readFleet(reading.read, { nodeId: id, limit: 1 })) as unknown as readonly NodeRow[] // its columns
    if (found === undefined) throw new NotFound('there is no such node')
    return {
      node: found,
      troubles: await readNodeTroubles(reading.read, { nodeId: id, limit: TROUBLES_MAX }),
      health: await readNodeHealth(reading.read, id, new Date(+reading.access.now - HEALTH_MS)),
    }
  },
})

/** What the owner of a node is shown, who sees nothing else of us. */
export interface OwnerAnswer {
  readonly node: Pick<NodeRow, 'name' | 'state' | 'last_seen'>
  readonly troubles: readonly Row[]
  readonly health: readonly Row[]
}

const OWNER_TROUBLES = 10

export function ownerOf({ node, troubles, health }: NodeAnswer): OwnerAnswer {
  const { name, state, last_seen } = node
  return {
    node: { name, state, ...(last_seen === undefined ? {} : { last_seen }) },
    troubles: troubles
      .slice(0, OWNER_TROUBLES)
      .map(({ type, created_at, resolved, message }) => ({ type, created_at, resolved, message })),
    health: health.slice(0, 1).map(({ uptime_ms, connection_state }) => ({ uptime_ms, connection_state })),
  }
}

export interface NodeLink {
  readonly link_id: number
  readonly node_id: string
  readonly created_by: string
  readonly created_at: string
  readonly expires_at: string
  readonly opened_at?: string
}

export interface NodeLinksAnswer {
  readonly links: readonly NodeLink[]
}

const LINKS_MAX = 200

/** Links by which owners see their node, of one or of all; those that do not hold any more are left out. */
export const nodeLinks = endpoint({
  name: 'node-links',
  query: z.strictObject({ id: z.string().min(1).max(255).optional() }),
  async answer(reading, { id }): Promise<NodeLinksAnswer> {
    refuseOthers(reading)
    const links = await reading.read(
      `SELECT link_id::int, node_id, created_by, created_at, expires_at, opened_at FROM console_links
       WHERE node_id = coalesce($1, node_id) AND revoked_at IS NULL AND expires_at > now() ORDER BY created_at DESC LIMIT ${LINKS_MAX}`,
      [id ?? null],
    )
    return { links: links as unknown as readonly NodeLink[] } // its columns
  },
})

/** Nodes are of the service `node`. */
function refuseOthers({ access }: Reading): void {
  if (access.services !== undefined && !access.services.includes('node')) throw new NotFound('you may not see nodes')
}
