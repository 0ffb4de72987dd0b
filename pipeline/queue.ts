import { setTimeout as pause } from 'node:timers/promises'
import type { Consume, RecordCounts } from './component.ts'
import type { ExporterSettings } from './config/schema.ts'
import { OverloadedError, PermanentError, RejectedRecordsError } from './errors.ts'
import type { Batch } from './model/index.ts'
import { retrying } from './retry.ts'

/** What stands before an exporter's `consume`: a bound on the bytes that wait for it. */
export interface Queue {
  readonly consume: Consume
  /** Encoded bytes that the exporter has not taken yet. */
  readonly bytes: () => number
  /** Resolves when nothing waits any more, or `signal` has aborted and the rest is counted as dropped. */
  drain(signal: AbortSignal): Promise<void>
}

const FULL_RETRY_AFTER_MS = 1_000
/** For an exporter to let go of what it sends, once it was told that time is over. */
const LAST_CHANCE_MS = 500

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** A throw becomes a rejection. */
async function attempt(send: Consume, batch: Batch, signal: AbortSignal): Promise<void> {
  return send(batch, signal)
}

/** Durable: the caller waits for the exporter, and is turned away when too many bytes wait already. */
export function durableQueue(id: string, send: Consume, settings: ExporterSettings): Queue {
  const maxBytes = settings.sending_queue.max_bytes
  let bytes = 0
  const underWay = new Set<Promise<void>>()
  // Holds the batch's size, not the batch: its records are several times as large as what the exporter makes of them.
  const consume: Consume = (batch, signal) => {
    const size = batch.bytes
    if (bytes > 0 && bytes + size > maxBytes) {
      return Promise.reject(new OverloadedError(`the queue of ${id} is full; send again later`, FULL_RETRY_AFTER_MS))
    }
    bytes += size
    const sending = attempt(send, batch, signal).finally(() => {
      bytes -= size
      underWay.delete(sending)
    })
    underWay.add(sending)
    return sending
  }
  return {
    consume,
    bytes: () => bytes,
    drain: signal => Promise.race([Promise.allSettled(underWay).then(() => {}), aborted(signal)]),
  }
}

/**
 * Best effort: the caller never waits and is never refused. What does not fit, or cannot be delivered after all
 * retries, is dropped and counted under `queue_full`, `permanent`, `retries_exhausted` or `shutdown`.
 */
export function bestEffortQueue(id: string, send: Consume, settings: ExporterSettings, counts: RecordCounts): Queue {
  const { max_bytes: maxBytes, num_consumers: consumers } = settings.sending_queue
  const waiting: Batch[] = []
  const stop = new AbortController()
  let bytes = 0
  let running = 0
  let idle = Promise.withResolvers<void>()

  const drop = (batch: Batch, reason: string, records = batch.items.length) =>
    counts.dropped(id, batch.account.receiver, batch.signal, reason, records)

  const deliver = async (batch: Batch) => {
    try {
      await retrying(() => send(batch, stop.signal), settings.retry_on_failure, stop.signal)
      counts.stored(id, batch.account.receiver, batch.signal, batch.items.length)
    } catch (error) {
      if (error instanceof RejectedRecordsError) {
        counts.stored(id, batch.account.receiver, batch.signal, batch.items.length - error.rejected)
        drop(batch, 'permanent', error.rejected)
      } else if (error instanceof PermanentError) drop(batch, 'permanent')
      else drop(batch, stop.signal.aborted ? 'shutdown' : 'retries_exhausted')
    }
    bytes -= batch.bytes
  }
  const work = async () => {
    running += 1
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) await deliver(batch)
    running -= 1
    if (running === 0) idle.resolve()
  }
  const consume: Consume = async batch => {
    if (batch.items.length === 0) return
    if (bytes > 0 && bytes + batch.bytes > maxBytes) return drop(batch, 'queue_full')
    if (running === 0) idle = Promise.withResolvers()
    bytes += batch.bytes
    waiting.push(batch)
    if (running < consumers) void work()
  }
  return {
    consume,
    bytes: () => bytes,
    drain: async signal => {
      const abort = () => stop.abort()
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
      // What does not stop when it is told to is left behind: it must not hold up the end of the process.
      if (running > 0) await Promise.race([idle.promise, aborted(signal).then(() => pause(LAST_CHANCE_MS))])
      signal.removeEventListener('abort', abort)
    },
  }
}
