import type pg from 'pg'
import type { Database, DatabaseRole } from '../pipeline/component.ts'
import { connect } from './connect.ts'
import { socketOf } from './deadline.ts'

/** Where clients come from, and where they go when their work is done. */
export interface Connections {
  take(): Promise<pg.Client>
  /** Ends the transaction, if one is open; a client that is of no use any more is let go. */
  give(client: pg.Client): Promise<void>
}

export async function withConnection<T>(connections: Connections, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connections.take()
  try {
    return await work(client)
  } finally {
    await connections.give(client)
  }
}

/** Each client is new, and is closed after its work. */
export function freshConnections(take: () => Promise<pg.Client>): Connections {
  return { take, give: client => client.end().catch(() => {}) }
}

export interface WarmConnections extends Connections {
  close(): Promise<void>
}

/** Whoever looks again after some minutes does not wait for it anew; nobody keeps a place of the server for longer. */
const IDLE_MAX_MS = 300_000
/**
 * The embedded server puts a session behind all others, for good, once a statement of it has computed for a second
 * (./embedded/give-way.ts): what took longer than this in all may be one, and is not handed on.
 */
export const SLOW_MS = 1_000

/**
 * Keeps some clients for the next who asks: a new process of the server has to learn the tables first, which takes it
 * longer than most questions. For statements of ours alone, which leave nothing behind in their session.
 */
export function warmConnections(database: Database, role: DatabaseRole, idleMax: number): WarmConnections {
  const idle: { readonly client: pg.Client; readonly timer: NodeJS.Timeout }[] = []
  const takenAt = new WeakMap<pg.Client, number>()
  let isClosed = false
  const end = (client: pg.Client) => client.end().catch(() => {})
  const begun = (client: pg.Client) => {
    takenAt.set(client, performance.now())
    return client
  }
  const isSlow = (client: pg.Client) => performance.now() - (takenAt.get(client) ?? 0) > SLOW_MS
  return {
    async take() {
      for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
        clearTimeout(kept.timer)
        if (!socketOf(kept.client).destroyed) return begun(kept.client)
      }
      return begun(await connect(database.connection(role)))
    },
    async give(client) {
      if (isClosed || idle.length >= idleMax || isSlow(client) || socketOf(client).destroyed) return end(client)
      try {
        await client.query('ROLLBACK')
      } catch {
        return end(client)
      }
      const timer = setTimeout(() => {
        idle.splice(
          idle.findIndex(kept => kept.client === client),
          1,
        )
        void end(client)
      }, IDLE_MAX_MS)
      timer.unref()
      idle.push({ client, timer })
    },
    async close() {
      isClosed = true
      await Promise.all(
        idle.splice(0).map(({ client, timer }) => {
          clearTimeout(timer)
          return end(client)
        }),
      )
    },
  }
}
