import type { Database } from '../../pipeline/component.ts'
import { withClient } from '../connect.ts'
import { type Accepted, acceptFindings } from './accept.ts'

export interface Inbox {
  /** Resolves when the findings are stored, rejects with the database's error. */
  take(accepted: readonly Accepted[]): Promise<void>
}

interface Waiting {
  readonly accepted: readonly Accepted[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Where batches of findings wait for the outbox. A destination takes one transaction at a time, so a burst of problems
 * uses one connection, not one for each batch: what came meanwhile goes together.
 */
export function createInbox(database: Database, destination: string, now: () => Date): Inbox {
  const waiting: Waiting[] = []
  let isTaking = false

  const store = (accepted: readonly Accepted[]) =>
    withClient(database, 'writer', client => acceptFindings(client, destination, accepted, now()))

  async function settle(batches: readonly Waiting[]): Promise<void> {
    try {
      await store(batches.flatMap(({ accepted }) => accepted))
      for (const { resolve } of batches) resolve()
    } catch (error) {
      const [only, ...others] = batches
      if (only === undefined || others.length === 0) return only?.reject(error)
      // It may be one of them that cannot be stored.
      for (const batch of batches) await settle([batch])
    }
  }

  async function takeAll(): Promise<void> {
    isTaking = true
    while (waiting.length > 0) await settle(waiting.splice(0))
    isTaking = false
  }

  return {
    take: accepted =>
      new Promise((resolve, reject) => {
        waiting.push({ accepted, resolve, reject })
        if (!isTaking) void takeAll()
      }),
  }
}
