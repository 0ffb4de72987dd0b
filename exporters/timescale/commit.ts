import type pg from 'pg'
import type { Logger } from 'pino'
import { errorText, PermanentError } from '../../pipeline/errors.ts'
import { commitGroup } from './commit-group.ts'
import { isDataFault } from './database-error.ts'
import type { StoredDictionaries } from './dictionary-rows.ts'
import type { Encoder } from './encode.ts'
import type { Pending } from './group-commit.ts'
import type { Instruments } from './instruments.ts'
import { storeWithoutRefused } from './isolate-refused.ts'

export interface CommitterOptions {
  readonly encoder: Encoder
  readonly stored: StoredDictionaries
  readonly instruments: Instruments
  readonly logger: Logger
  readonly onCommit: () => void
}

/** Commits a group of batches on one connection and settles each. Rejects when the connection is to be given up. */
export type Commit = (client: pg.ClientBase, group: readonly Pending[]) => Promise<void>

/**
 * The way of a group: all in one transaction. If the database refuses something in it, each batch in a transaction of
 * its own, where the rows that cannot be stored are searched for: the neighbours of a bad record are stored as usual.
 */
export function createCommit({ encoder, stored, instruments, logger, onCommit }: CommitterOptions): Commit {
  async function together(client: pg.ClientBase, group: readonly Pending[]): Promise<void> {
    const batches = group.map(({ batch }) => batch)
    await stored.ensure(client, batches)
    const startedAt = performance.now()
    const verdicts = await commitGroup(client, encoder, batches)
    instruments.committed(batches, verdicts, performance.now() - startedAt)
    onCommit()
    for (const [i, pending] of group.entries()) pending.settle(verdicts[i]!)
  }

  async function alone(client: pg.ClientBase, pending: Pending): Promise<void> {
    try {
      await stored.ensure(client, [pending.batch])
      const startedAt = performance.now()
      const { messages, ...verdict } = await storeWithoutRefused(client, encoder, pending.batch)
      instruments.committed([pending.batch], [verdict], performance.now() - startedAt)
      onCommit()
      if (messages.length > 0) {
        logger.warn(`the database refused ${messages.length} records, now in dead_letters; the first: ${messages[0]}`)
      }
      pending.settle(verdict)
    } catch (error) {
      if (!isDataFault(error)) throw error
      await client.query('ROLLBACK')
      pending.fail(new PermanentError(`the database refuses the request: ${errorText(error)}`, { cause: error }))
    }
  }

  return async function commit(client, group): Promise<void> {
    try {
      await together(client, group)
    } catch (error) {
      if (!isDataFault(error)) throw error
      await client.query('ROLLBACK')
      for (const pending of group) await alone(client, pending)
    }
  }
}
