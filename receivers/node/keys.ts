import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../../pipeline/component.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { errorText, UnavailableError } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { hashOfNodeKey, type RegisteredNode, readNodeKeys } from '../../store/nodes.ts'

export interface NodeKeys {
  /** @throws EdgeRefusal 401; UnavailableError while the database is away */
  nodeOf(key: string | undefined): Promise<RegisteredNode>
}

/** A key that is not known yet waits for the registry to be read again, which happens no more often than this. */
const UNKNOWN_KEY_REREAD_MS = 250
const RETRY_AFTER_MS = 2_000

/**
 * The registry, read again once it is `refreshMs` old: so long a revoked key may still work. While the database is away
 * the keys that were known stay known, since what they send waits for the database anyway.
 */
export function createNodeKeys(database: Database, refreshMs: number): NodeKeys {
  let keys: ReadonlyMap<string, RegisteredNode> = new Map()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    const startedAt = performance.now()
    try {
      keys = await withClient(database, 'writer', readNodeKeys)
      readAt = startedAt
    } catch (error) {
      if (readAt === Number.NEGATIVE_INFINITY) {
        throw new UnavailableError(`the registry of nodes cannot be read: ${errorText(error)}`, RETRY_AFTER_MS)
      }
    } finally {
      reading = undefined
    }
  }

  async function freshen(maxAgeMs: number): Promise<void> {
    if (performance.now() - readAt < maxAgeMs) return
    reading ??= read()
    await reading
  }

  return {
    async nodeOf(key) {
      if (key === undefined || key === '') throw new EdgeRefusal(401, 'the header x-node-key is missing')
      await freshen(refreshMs)
      const hash = hashOfNodeKey(key)
      if (!keys.has(hash)) {
        await pause(Math.max(0, readAt + UNKNOWN_KEY_REREAD_MS - performance.now()))
        // Half: a timer may fire a little early.
        await freshen(UNKNOWN_KEY_REREAD_MS / 2)
      }
      const node = keys.get(hash)
      if (node === undefined) {
        throw new EdgeRefusal(401, 'no node has this key; register the node with `sensorium nodes add` and use its key')
      }
      if (node.isRevoked) {
        throw new EdgeRefusal(
          401,
          `the key of node ${node.nodeId} was revoked; \`sensorium nodes add\` gives it a new one`,
        )
      }
      return node
    },
  }
}
