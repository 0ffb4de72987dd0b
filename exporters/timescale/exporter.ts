import type { Component, Context } from '../../pipeline/component.ts'
import { errorText, RejectedRecordsError, SensoriumError, UnavailableError } from '../../pipeline/errors.ts'
import type { Batch } from '../../pipeline/model/index.ts'
import { checkSchema } from './check-schema.ts'
import { createCommit } from './commit.ts'
import type { TimescaleConfig } from './config.ts'
import { errorCode } from './database-error.ts'
import { StoredDictionaries } from './dictionary-rows.ts'
import { type EncodedBatch, Encoder } from './encode.ts'
import { keepEntityRule } from './entity-rule.ts'
import { openEventTables } from './events/open.ts'
import { eventTableFinder } from './events/tables.ts'
import { GroupCommit } from './group-commit.ts'
import { watchHealth } from './health.ts'
import { createInstruments } from './instruments.ts'
import { Lane } from './lane.ts'
import { readSeries } from './red/known.ts'

/** Room is made by a person or by expiry: neither takes a second. */
const NO_ROOM_RETRY_MS = 5_000

/**
 * A batch is encoded as soon as it comes, so that its records are garbage while it waits; what waits is rows, about
 * one and a half times the request's bytes. It is acknowledged when its transaction is committed.
 */
export function createExporter(config: TimescaleConfig, context: Context): Component {
  const { id, logger, counts, database } = context
  const encoder = new Encoder(config.entities, config.operations_per_service_max)
  const stored = new StoredDictionaries()
  const lanes = Array.from(
    { length: config.connections },
    (_, i) =>
      new Lane({
        connection: () => database.connection('writer'),
        name: `sensorium ${id} ${i + 1}`,
        commitTimeoutMs: config.commit_timeout_ms,
        logger,
        onChange: () => group.dispatch(),
        onReconnect: () => stored.forget(),
      }),
  )
  const instruments = createInstruments(context.meter, id, lanes, () => encoder.pool.heldBytes)
  const group = new GroupCommit({
    lanes,
    flushIntervalMs: config.flush_interval_ms,
    maxGroupBytes: config.max_group_bytes,
    commit: createCommit({ encoder, stored, instruments, logger, onCommit: () => health.committed() }),
    onFailure: error => {
      instruments.failed(errorCode(error))
      health.failed(error)
    },
  })
  const health = watchHealth({ lanes, oldestWaitMs: () => group.oldestWaitMs })
  context.readiness.watch(id, health.problem)
  /** Ids under way. A copy that comes in meanwhile waits, and then finds the first one in the ledger. */
  const underWay = new Map<string, Promise<unknown>>()

  /** The same as the ledger: what was dropped on the way is booked with the first copy, and a later one is a duplicate whole. */
  function book(encoded: EncodedBatch, outcome: 'stored' | 'deduplicated', refused: number): void {
    const { receiver, signal, dropped } = encoded
    const accepted = encoded.received - (sum(encoded.rejected.values()) - encoded.refused) - refused
    if (outcome === 'deduplicated') {
      counts.deduplicated(id, receiver, signal, Math.max(0, accepted))
      return
    }
    counts.stored(id, receiver, signal, accepted - sum(dropped.values()))
    for (const [component, records] of dropped) counts.dropped(component, receiver, signal, component, records)
  }

  async function store(encoded: EncodedBatch, signal: AbortSignal): Promise<void> {
    try {
      const problem = database.problem?.()
      if (problem !== undefined) throw new UnavailableError(problem, NO_ROOM_RETRY_MS)
      const { outcome, refused } = await group.add(encoded, signal)
      book(encoded, outcome, refused)
      if (refused > 0) throw new RejectedRecordsError(refused, `the database cannot hold ${refused} of the records`)
    } finally {
      underWay.delete(encoded.id)
      encoder.release(encoded)
    }
  }

  // Not async: the frame of an async function would hold the records until it ends.
  function consume(batch: Batch, signal: AbortSignal): Promise<void> {
    const first = underWay.get(batch.id)
    if (first !== undefined) return unlessAborted(first, signal).then(() => consume(batch, signal))
    const storing = store(encoder.encode(batch), signal)
    underWay.set(batch.id, storing)
    return storing
  }

  return {
    async start() {
      await checkSchema(database)
      for (const known of await readSeries(database)) encoder.know(...known)
      await keepEntityRule(database, config.entities)
      encoder.eventTable = eventTableFinder(await openEventTables(database, config.event_tables))
      const opened = await Promise.allSettled(lanes.map(lane => lane.open()))
      const failure = opened.find(result => result.status === 'rejected')
      if (failure === undefined) return health.open()
      await Promise.all(lanes.map(lane => lane.close()))
      const message = `${id} needs ${lanes.length} connections to the database (connections): ${errorText(failure.reason)}`
      throw new SensoriumError('DATABASE_UNREACHABLE', message, { cause: failure.reason })
    },
    consume,
    async shutdown(signal) {
      health.close()
      await group.drain(signal)
      await Promise.all(lanes.map(lane => lane.close()))
    },
  }
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Resolves when `promise` is settled, either way; rejects when `signal` aborts first. */
async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([promise.catch(() => {}), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
