import { createHash } from 'node:crypto'
import type { Consume, Context } from '../../pipeline/component.ts'
import { errorText, RejectedRecordsError } from '../../pipeline/errors.ts'
import type { Batch, Signal } from '../../pipeline/model/index.ts'
import type { OtlpConfig } from './config.ts'
import { repair } from './repair.ts'
import { createTurns } from './turns.ts'
import { decodeRequest } from './wire/index.ts'

export type Encoding = 'protobuf' | 'json'

/** What the sender is told of an accepted request. */
export interface Receipt {
  /** Records that were not taken; they are in `dead_letters`. */
  readonly rejected: number
  readonly message: string
}

/**
 * Takes one request, uncompressed, and resolves once its records are safe downstream.
 *
 * @throws MalformedRequestError when it cannot be read at all, and what the pipeline rejects with
 */
export type Intake = (signal: Signal, body: Buffer, encoding: Encoding) => Promise<Receipt>

export function createIntake(config: OtlpConfig, next: Consume, context: Context, stopping: AbortSignal): Intake {
  const vouchesFor = config.vouches_for
  const turn = createTurns()
  const limits = { maxNesting: config.max_nesting, maxRecords: config.max_records }

  const repairedTimes = context.meter.createCounter('sensorium_receiver_repaired_times', {
    description: 'Records whose time no row may be dated with; they carry what the sender wrote.',
  })

  // Apart from what waits for the answer, whose frame would hold the decoded records until then.
  function pass(signal: Signal, body: Buffer, encoding: Encoding) {
    const { items: decoded, rejected } = decodeRequest(signal, body, encoding, limits)
    const { items, times } = repair(signal, decoded, BigInt(Date.now()) * 1_000_000n)
    if (times > 0) repairedTimes.add(times, { receiver: context.id, signal })
    const received = items.length + rejected.length
    if (received === 0) return { received, rejected, stored: Promise.resolve() }
    const account = { receiver: context.id, vouchesFor, received, dropped: new Map(), rejected }
    // The signal is the caller's word for what `items` are, and decodeRequest's too: the union holds.
    const batch = { id: batchId(signal, body), signal, items, bytes: body.length, account } as Batch
    return { received, rejected, stored: next(batch, stopping) }
  }

  return async (signal, body, encoding) => {
    await turn()
    const { received, rejected, stored } = pass(signal, body, encoding)
    const refused = new Map<string, number>()
    for (const { reason } of rejected) refused.set(reason, (refused.get(reason) ?? 0) + 1)
    const messages = new Set(rejected.slice(0, MAX_MESSAGES).map(record => record.message))
    try {
      await stored
    } catch (error) {
      if (!(error instanceof RejectedRecordsError)) throw error
      refused.set('refused', error.rejected)
      messages.add(errorText(error))
    }
    let count = 0
    for (const [reason, records] of refused) {
      context.counts.refused(context.id, signal, reason, records)
      count += records
    }
    context.counts.accepted(context.id, signal, received - count)
    return { rejected: count, message: [...messages].slice(0, MAX_MESSAGES).join('; ') }
  }
}

/** A sender needs a few examples, not a thousand. */
const MAX_MESSAGES = 3

/** The same bytes to the same signal are the same request, whichever replica they reach and however compressed. */
function batchId(signal: Signal, body: Buffer): string {
  return createHash('sha256').update(signal).update(body).digest('base64url')
}
