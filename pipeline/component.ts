import type { Meter } from '@opentelemetry/api'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Admission } from './admission.ts'
import type { AgentPort } from './agent/port.ts'
import type { Fault } from './config/fault.ts'
import type { Batch, Signal } from './model/index.ts'
import type { Readiness } from './readiness.ts'

/**
 * Resolves once `batch` is safe downstream: awaiting it is the back-pressure. Safe means committed where the exporter
 * is durable, queued where it is best effort.
 *
 * Rejects with `RejectedRecordsError` when all but some records are safe, with another `PermanentError` when sending
 * again is of no use, and with anything else when the sender is to try again. A batch that was rejected with a
 * retryable error may be sent again whole: durable exporters know it by `batch.id`.
 */
export type Consume = (batch: Batch, signal: AbortSignal) => Promise<void>

/**
 * A running part of a pipeline. The host calls `start` once, then `consume` any number of times at once, then
 * `shutdown` once; never `consume` before `start` has resolved or after `shutdown` was called. Exporters start first
 * and receivers last; stopping runs the other way.
 */
export interface Component {
  /** Opens what the component needs. Rejects when it cannot work; the process then ends with the error's message. */
  start?(signal: AbortSignal): Promise<void>
  /** Absent in receivers. Must not change the batch or its items: other pipelines hold the same objects. */
  readonly consume?: Consume
  /** Flushes and closes; resolves when nothing of the component runs any more. `signal` aborts at the deadline. */
  shutdown?(signal: AbortSignal): Promise<void>
}

export type ComponentKind = 'receiver' | 'processor' | 'exporter'

/** What a component is: one per file, listed once in the registry. Tests and the reference are made from it. */
export interface Definition<S extends z.ZodObject = z.ZodObject> {
  readonly kind: ComponentKind
  /** The name in the config, snake_case: a verb for processors, a noun for the others. */
  readonly type: string
  /** One sentence for the reference. */
  readonly summary: string
  readonly signals: readonly Signal[]
  /** Exporters only. `durable`: the acknowledgement waits for `consume`. `best_effort`: the host queues and retries. */
  readonly delivery?: Delivery
  /** Strict: an unknown key is a fault. Each field's `.describe()` is its line in the reference. */
  readonly config: S
  /** Faults of files that the settings name: asked when a configuration is checked, before anything starts. */
  checkFiles?(config: z.output<S>): Promise<readonly Fault[]>
  /** Runnable settings; tests parse and build every one of them. */
  readonly examples: readonly z.input<S>[]
  /** No I/O here. `next` hands a batch on; exporters never call it. */
  create(config: z.output<S>, next: Consume, context: Context): Component
}
export type Delivery = 'durable' | 'best_effort'

/** Gives a definition its types: `create` sees the parsed config, `examples` are checked against it. */
export function define<S extends z.ZodObject>(definition: Definition<S>): Definition<S> {
  return definition
}

/** What the host lends a component. Everything from outside comes through here: no globals, no environment. */
export interface Context {
  /** The id in the config, `type` or `type/name`. */
  readonly id: string
  /** The signals of the pipelines that the component is part of; a receiver turns the others away. */
  readonly signals: readonly Signal[]
  readonly logger: Logger
  /** For metrics named `sensorium_<kind>_<what>`. */
  readonly meter: Meter
  /** Counts records; see `RecordCounts`. */
  readonly counts: RecordCounts
  readonly database: Database
  /** The limit on bytes that we hold for senders, one for the whole process. */
  readonly admission: Admission
  /** A part that can be unfit for work while it runs says so here; see `ReadinessCheck`. */
  readonly readiness: Pick<Readiness, 'watch'>
  /** The application's HTTP server; receivers add their routes in `create`. */
  readonly http: Hono
  /** Names under which we may be asked for, and origins of pages that may ask, on every listener. */
  readonly allowed: { readonly hosts: readonly string[]; readonly origins: readonly string[] }
  /** Only this machine can reach `http`. */
  readonly isHttpLocal: boolean
  /** The language model of `service.agent`; undefined where none is named, and everything works by rules. */
  readonly agent?: AgentPort | undefined
}

/**
 * The books of one process: every record that comes in is counted once as accepted or refused, and every accepted one
 * later as stored, deduplicated, or dropped with a reason. `/metrics` and the status line show the same counters.
 */
export interface RecordCounts {
  accepted(receiver: string, signal: Signal, records: number): void
  refused(receiver: string, signal: Signal, reason: string, records: number): void
  stored(exporter: string, receiver: string, signal: Signal, records: number): void
  deduplicated(exporter: string, receiver: string, signal: Signal, records: number): void
  dropped(component: string, receiver: string, signal: Signal, reason: string, records: number): void
}

/** `owner` migrates, `writer` is the pipeline, `reader` can read and nothing else. */
export type DatabaseRole = 'owner' | 'writer' | 'reader'

export interface Database {
  /** Connection settings for `pg` under that role. Holds a password: never log it. */
  connection(role: DatabaseRole): DatabaseConnection
  /** Why nothing may be written now though the database answers, such as a disk that is nearly full. Does next to no I/O. */
  problem?(): string | undefined
}
export interface DatabaseConnection {
  readonly connectionString: string
  /** Start-up options such as `-c role=sensorium_writer`. */
  readonly options?: string
  /** What the session calls itself, in pg_stat_activity. */
  readonly application_name?: string
}
