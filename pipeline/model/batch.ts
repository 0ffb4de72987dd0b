import type { LogRecord } from './log-record.ts'
import type { MetricPoint } from './metric-point.ts'
import type { Span } from './span.ts'

export interface ItemOf {
  traces: Span
  metrics: MetricPoint
  logs: LogRecord
}
export type Signal = keyof ItemOf
export type Item = ItemOf[Signal]
export const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs']

/** A group of records of one signal, immutable: fan-out needs no copy. */
export interface BatchOf<S extends Signal> {
  /**
   * Names the request that these records came in, the same for a resend of the same bytes: durable exporters store an
   * id once. The graph adds the pipeline's name where one request feeds several.
   */
  readonly id: string
  readonly signal: S
  readonly items: readonly ItemOf[S][]
  /** Size of the encoded request, for limits. */
  readonly bytes: number
  readonly account: Account
}
export type Batch = { [S in Signal]: BatchOf<S> }[Signal]

/**
 * Where the records came from and what became of those no longer in `items`. Always:
 * `received = items.length + sum(dropped) + rejected.length`. A batch without items still travels to the exporter,
 * so that its account is committed.
 */
export interface Account {
  /** Component id of the receiver, such as `otlp` or `otlp/edge`. */
  readonly receiver: string
  /** Names of events, `*` at the end for a beginning, that the receiver vouches for: it knows who sent them. */
  readonly vouchesFor?: readonly string[] | undefined
  readonly received: number
  /** Reason (`filter`, `sample/errors`: the component's id) → records left out on purpose. */
  readonly dropped: ReadonlyMap<string, number>
  /** Records that we cannot hold. They go to `dead_letters`, and to the sender as `partial_success`. */
  readonly rejected: readonly RejectedRecord[]
}

export interface RejectedRecord {
  readonly reason: RejectReason
  /** One sentence for the sender. */
  readonly message: string
  readonly raw: Uint8Array
  readonly contentType: 'application/x-protobuf' | 'application/json'
}

/** `malformed`: not what the protocol says; `out_of_range`, `too_deep`: past a limit; `refused`: the database said no. */
export type RejectReason = 'malformed' | 'out_of_range' | 'too_deep' | 'refused'

/** The batch with only `items` left, the rest booked as dropped for `reason`. */
export function keepItems<B extends Batch>(batch: B, items: B['items'], reason: string): B {
  const count = batch.items.length - items.length
  if (count === 0) return batch
  const dropped = new Map(batch.account.dropped)
  dropped.set(reason, (dropped.get(reason) ?? 0) + count)
  return { ...batch, items, account: { ...batch.account, dropped } }
}
