import type pg from 'pg'
import type { Consume, Context } from '../../pipeline/component.ts'
import { handOn } from '../../pipeline/edge/hand-on.ts'
import { errorText, PermanentError } from '../../pipeline/errors.ts'
import { forgetWaiting, readWaiting } from '../../store/reflexes/finding.ts'
import { findingRecord } from './finding-record.ts'

/**
 * Hands waiting findings on, one batch each, and forgets them once they are safe. What ends in between is handed on
 * again under the same id, and stored once.
 */
export async function deliver(
  client: pg.ClientBase,
  receiver: string,
  next: Consume,
  context: Context,
  stopping: AbortSignal,
): Promise<void> {
  for (
    let waiting = await readWaiting(client, receiver);
    waiting.length > 0;
    waiting = await readWaiting(client, receiver)
  ) {
    for (const { outboxId, batchId, finding } of waiting) {
      if (stopping.aborted) return
      const items = [findingRecord(finding)]
      try {
        await handOn(context, next, stopping, {
          id: `finding/${batchId}`,
          signal: 'logs',
          items,
          bytes: finding.body.length + 1_000,
        })
      } catch (error) {
        // Sending it again is of no use, and the next findings must not wait for it for ever.
        if (!(error instanceof PermanentError)) throw error
        context.logger.error(`a finding was refused: ${errorText(error)}`)
      }
      await forgetWaiting(client, [outboxId])
    }
  }
}
