import { createHash } from 'node:crypto'
import type { Consume, Context } from '../component.ts'
import { RejectedRecordsError } from '../errors.ts'
import type { Batch, BatchOf, Signal } from '../model/index.ts'

export interface EdgeReceipt {
  readonly accepted: number
  /** Records that the database refused; they are in dead_letters. */
  readonly rejected: number
}

/** The same for the same parts: what is sent again is stored once. */
export function batchId(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length} `).update(part)
  return hash.digest('base64url')
}

/** Hands one request's records on, and books them. `id` must be the same for the same request. */
export async function handOn<S extends Signal>(
  context: Context,
  next: Consume,
  stopping: AbortSignal,
  batch: Pick<BatchOf<S>, 'id' | 'signal' | 'items' | 'bytes'>,
): Promise<EdgeReceipt> {
  const { signal, items } = batch
  const account = { receiver: context.id, received: items.length, dropped: new Map(), rejected: [] }
  let rejected = 0
  try {
    await next({ ...batch, account } as unknown as Batch, stopping) // the signal names the type of the items
  } catch (error) {
    if (!(error instanceof RejectedRecordsError)) throw error
    rejected = error.rejected
    context.counts.refused(context.id, signal, 'refused', rejected)
  }
  context.counts.accepted(context.id, signal, items.length - rejected)
  return { accepted: items.length - rejected, rejected }
}
