import type pg from 'pg'
import { errorText, UnavailableError } from '../../pipeline/errors.ts'
import type { Verdict } from './commit-group.ts'
import type { EncodedBatch } from './encode.ts'
import type { Lane } from './lane.ts'

/** A batch on its way into the database. Settled once; later calls do nothing. */
export interface Pending {
  readonly batch: EncodedBatch
  settle(verdict: Verdict): void
  fail(error: unknown): void
}

export interface GroupCommitOptions {
  readonly lanes: readonly Lane[]
  readonly flushIntervalMs: number
  readonly maxGroupBytes: number
  /** Commits the group and settles what it can; when it rejects, the rest has to be sent again. */
  readonly commit: (client: pg.ClientBase, group: readonly Pending[]) => Promise<void>
  readonly onFailure: (error: unknown) => void
}

/** A statement that books so many batches stays far from every limit of the protocol. */
const GROUP_BATCHES_MAX = 1_000
/** How long a sender is asked to wait when its batch went down with a connection: reconnecting takes less. */
const RETRY_AFTER_MS = 1_000
const RETRY_AFTER_MIN_MS = 100

interface Queued extends Pending {
  readonly queuedAt: number
}

/**
 * Gathers batches into groups. When all lanes rest, a batch is committed at once. While one works, batches gather; a
 * second lane takes them as soon as they fill a group or the first of them has waited `flushIntervalMs`. So a quiet
 * system answers after one commit's time, and a busy one makes large groups by itself, as commits take longer.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #queue: Queued[] = []
  #queuedBytes = 0
  #timer: NodeJS.Timeout | undefined
  #closing: PromiseWithResolvers<void> | undefined

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  /**
   * Resolves once the batch is committed. Rejects with UnavailableError, or with the reason of `signal` if that aborts
   * while the batch still waits; one that is being committed is waited for.
   */
  add(batch: EncodedBatch, signal: AbortSignal): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>()
    const onAbort = () => this.#withdraw(queued, signal.reason)
    const queued: Queued = {
      batch,
      queuedAt: performance.now(),
      settle: verdict => {
        signal.removeEventListener('abort', onAbort)
        resolve(verdict)
      },
      fail: error => {
        signal.removeEventListener('abort', onAbort)
        reject(error)
      },
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#queue.push(queued)
    this.#queuedBytes += batch.bytes
    this.dispatch()
    return promise
  }

  /** To be called whenever a lane changes its state. */
  dispatch(): void {
    clearTimeout(this.#timer)
    const { lanes, flushIntervalMs, maxGroupBytes } = this.#options
    for (let oldest = this.#queue[0]; oldest !== undefined; oldest = this.#queue[0]) {
      const lane = lanes.find(({ state }) => state === 'idle')
      if (lane === undefined) {
        this.#failIfAway()
        break
      }
      const isResting = lanes.every(({ state }) => state !== 'busy')
      const waitMs = oldest.queuedAt + flushIntervalMs - performance.now()
      const isFull = this.#queuedBytes >= maxGroupBytes || this.#queue.length >= GROUP_BATCHES_MAX
      if (!isResting && !isFull && waitMs > 0) {
        this.#timer = setTimeout(() => this.dispatch(), waitMs)
        break
      }
      void this.#start(lane, this.#takeGroup())
    }
    if (this.isIdle) this.#closing?.resolve()
  }

  /** How long the first batch of the queue has waited. */
  get oldestWaitMs(): number {
    const [oldest] = this.#queue
    return oldest === undefined ? 0 : performance.now() - oldest.queuedAt
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#options.lanes.every(({ state }) => state !== 'busy')
  }

  /** Resolves when nothing waits and no lane works any more, or `signal` has aborted and what waited was turned away. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#closing = Promise.withResolvers()
    const abort = () => {
      this.#failAll('Sensorium is shutting down')
      this.#closing?.resolve()
    }
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    this.dispatch()
    await this.#closing.promise
    signal.removeEventListener('abort', abort)
  }

  #takeGroup(): readonly Pending[] {
    let bytes = 0
    let count = 0
    for (const { batch } of this.#queue) {
      if (count > 0 && (bytes + batch.bytes > this.#options.maxGroupBytes || count === GROUP_BATCHES_MAX)) break
      bytes += batch.bytes
      count += 1
    }
    this.#queuedBytes -= bytes
    return this.#queue.splice(0, count)
  }

  async #start(lane: Lane, group: readonly Pending[]): Promise<void> {
    try {
      await lane.run(client => this.#options.commit(client, group))
    } catch (cause) {
      this.#options.onFailure(cause)
      const error = unavailable(`the batch is not stored: ${errorText(cause)}`, RETRY_AFTER_MS, cause)
      for (const pending of group) pending.fail(error)
    }
  }

  /** No lane has a connection or is about to: senders are told so at once, rather than held until their own timeout. */
  #failIfAway(): void {
    const { lanes } = this.#options
    if (!lanes.every(({ state }) => state === 'waiting' || state === 'closed')) return
    const retryInMs = Math.min(...lanes.map(lane => lane.retryInMs))
    this.#failAll('the database is away; send again later', Math.ceil(Math.max(retryInMs, RETRY_AFTER_MIN_MS)))
  }

  #failAll(message: string, retryAfterMs = RETRY_AFTER_MS): void {
    this.#queuedBytes = 0
    for (const pending of this.#queue.splice(0)) pending.fail(unavailable(message, retryAfterMs))
  }

  #withdraw(queued: Queued, reason: unknown): void {
    const at = this.#queue.indexOf(queued)
    if (at < 0) return
    this.#queue.splice(at, 1)
    this.#queuedBytes -= queued.batch.bytes
    queued.fail(reason)
  }
}

function unavailable(message: string, retryAfterMs: number, cause?: unknown): UnavailableError {
  return new UnavailableError(message, retryAfterMs, { cause })
}
