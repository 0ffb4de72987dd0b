import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Meter } from '@opentelemetry/api'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Database } from '../../pipeline/component.ts'
import { errorText } from '../../pipeline/errors.ts'
import { connect } from '../connect.ts'
import { joinLead } from './leadership.ts'
import { bookOutcome, readWatermark } from './state.ts'

/**
 * Work that one of all replicas does again and again. It is interrupted at any moment, and another replica goes on: what
 * it does is in transactions, which advance its watermark with their work (`advance`), or is the same when done twice.
 */
export interface Job {
  /** Its row in `jobs`. */
  readonly name: string
  readonly everyMs: number
  /** The first turn waits that long. */
  readonly delayMs?: number
  /** It may take minutes: it has a connection of its own, and the others go on beside it. */
  readonly isLong?: boolean
  run(turn: Turn): Promise<void>
}

export interface Turn {
  /** Of the owner. Those of short jobs take turns on one. */
  readonly client: pg.Client
  readonly now: Date
  /** Aborts when the process stops or has lost the lead. */
  readonly signal: AbortSignal
  /** The first since this process has led: another one may have been at it before. */
  readonly isFirst: boolean
  /** How far this job has come, in the words of the one who advances it. */
  readonly watermark: Date | undefined
}

export interface JobsOptions {
  readonly database: Database
  readonly logger: Logger
  readonly meter?: Meter
  readonly jobs: readonly Job[]
}

/** Turns of a job that comes every second are written down so often, and whenever their outcome changes. */
const BOOK_MS = 10_000

/** A connection of its own waits for the next turn no longer than this, */
const KEPT_MS = 30_000
/** and after a turn that took so long it is made anew: what it computed is memory, and may have put it behind the others. */
const LONG_MS = 1_000

/**
 * A statement whose process is gone ends within this, rather than when it is through. Functions are planned for what they
 * are asked: a session of days would keep one plan of each for the rare and for the frequent.
 */
const SESSION = `SET client_connection_check_interval = '2s'; SET plan_cache_mode = force_custom_plan`

/** Runs the jobs whenever this process leads, until `stop`, which waits for what is under way. */
export function startJobs({ database, logger, meter, jobs }: JobsOptions): { stop(): Promise<void> } {
  const metrics = meter === undefined ? undefined : instruments(meter)
  const leader = `${hostname()}:${process.pid}`
  const lead = async (leading: AbortSignal) => {
    logger.debug({ leader, jobs: jobs.map(({ name }) => name) }, 'leads: runs the jobs')
    const shared = new Connection(database)
    const own: Connection[] = []
    try {
      await Promise.all(
        jobs.map(job => {
          const connection = job.isLong === true ? new Connection(database) : shared
          if (connection !== shared) own.push(connection)
          return repeat(job, connection, leading)
        }),
      )
    } finally {
      metrics?.stopLeading()
      for (const connection of [shared, ...own]) await connection.close()
    }
  }

  async function repeat(job: Job, connection: Connection, leading: AbortSignal): Promise<void> {
    let isFirst = true
    let booked: { readonly at: number; readonly succeeded: boolean } | undefined
    const since = { runs: 0, failures: 0 }
    for (let pauseMs = job.delayMs ?? 0; ; pauseMs = job.everyMs) {
      await delay(pauseMs, undefined, { signal: leading, ref: false }).catch(() => {})
      if (leading.aborted) return
      const startedAt = performance.now()
      const failure = await connection.use(client => turn(job, client, leading, isFirst))
      if (leading.aborted) return
      isFirst = false
      const durationMs = performance.now() - startedAt
      metrics?.ran(job.name, durationMs, failure === undefined)
      // Away or busy: the next turn does what this one did not.
      if (failure !== undefined)
        logger.warn({ err: failure, job: job.name }, `job ${job.name} failed; it is tried again`)
      const succeeded = failure === undefined
      since.runs += 1
      if (!succeeded) since.failures += 1
      if (booked === undefined || booked.succeeded !== succeeded || performance.now() - booked.at >= BOOK_MS) {
        booked = { at: performance.now(), succeeded }
        const text = succeeded ? {} : { failure: errorText(failure) }
        const outcome = { job: job.name, everyMs: job.everyMs, leader, durationMs, ...since, ...text }
        await connection.use(client => bookOutcome(client, outcome))
        Object.assign(since, { runs: 0, failures: 0 })
      }
      if (job.isLong === true && (job.everyMs > KEPT_MS || durationMs > LONG_MS)) await connection.close()
    }
  }

  async function turn(job: Job, client: pg.Client, leading: AbortSignal, isFirst: boolean): Promise<void> {
    const watermark = await readWatermark(client, job.name)
    await job.run({ client, now: new Date(), signal: leading, isFirst, watermark })
    if (metrics !== undefined) metrics.reached(job.name, await readWatermark(client, job.name))
  }

  const leave = joinLead(database, lead, error => logger.warn({ err: error }, 'leading failed; it is tried again'))
  return { stop: leave }
}

/** One connection, made when it is needed, that uses take in turn; one that failed is not used again. */
class Connection {
  readonly #database: Database
  #client: pg.Client | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(database: Database) {
    this.#database = database
  }

  /** Resolves to what went wrong. */
  use(work: (client: pg.Client) => Promise<void>): Promise<unknown> {
    const using = this.#last.then(async () => {
      try {
        if (this.#client === undefined) {
          this.#client = await connect(this.#database.connection('owner'))
          await this.#client.query(SESSION)
        }
        await work(this.#client)
        return undefined
      } catch (error) {
        await this.#end()
        return error
      }
    })
    this.#last = using
    return using
  }

  async close(): Promise<void> {
    await this.#last
    await this.#end()
  }

  async #end(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }
}

function instruments(meter: Meter) {
  const runs = meter.createCounter('sensorium_job_runs', {
    description: 'Turns of jobs by outcome, of the replica that leads.',
  })
  const duration = meter.createHistogram('sensorium_job_duration', {
    unit: 's',
    description: 'How long a turn of a job took.',
  })
  /** Job → until when it is done; without watermarks, when it last succeeded. */
  const done = new Map<string, number>()
  meter
    .createObservableGauge('sensorium_job_lag', {
      unit: 's',
      description: 'How far a job is behind now; of the replica that leads.',
    })
    .addCallback(result => {
      for (const [job, until] of done) result.observe((Date.now() - until) / 1_000, { job })
    })
  return {
    ran(job: string, durationMs: number, succeeded: boolean) {
      runs.add(1, { job, outcome: succeeded ? 'succeeded' : 'failed' })
      duration.record(durationMs / 1_000, { job })
    },
    reached(job: string, watermark: Date | undefined) {
      done.set(job, +(watermark ?? new Date()))
    },
    stopLeading() {
      done.clear()
    },
  }
}
