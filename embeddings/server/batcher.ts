import { errorText } from '../errors.ts'
import type { EmbeddingProvider } from '../provider.ts'
import { RefusedError } from './refusal.ts'
import type { ServerSettings } from './settings.ts'

export interface Embedded {
  /** As the model gives them, of any length. */
  readonly vectors: readonly Float32Array[]
  readonly tokens: readonly number[]
}

export interface Batcher {
  /** @throws RefusedError 429: the queue is full; 503: the model failed, or the wait was too long; 499: `signal` aborted */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Embedded>
  /** Texts that wait. */
  readonly waiting: () => number
  /** Texts that are in the model. */
  readonly running: () => number
  /** Throws what `embed` would throw for one more text; lets a server answer before it reads a body. */
  assertRoom(): void
  /** Batches that failed since the last that did not. */
  readonly failures: () => number
}

export type BatcherLimits = Pick<
  ServerSettings,
  'max_batch_texts' | 'max_batch_wait_ms' | 'max_concurrent_batches' | 'max_queue_texts' | 'queue_timeout_ms'
>

/** Told of each batch that was done, for metrics and logs. */
export type OnBatch = (batch: { texts: number; durationMs: number; error?: unknown }) => void

interface Job {
  readonly texts: readonly string[]
  readonly sinceMs: number
  readonly resolve: (embedded: Embedded) => void
  readonly reject: (error: unknown) => void
}

/** The wait that is asked of callers before the first batch has told how fast the model is. */
const FIRST_RETRY_AFTER_MS = 1_000
const MAX_RETRY_AFTER_MS = 60_000
/** How much the latest batch counts in the estimate of the speed. */
const SPEED_WEIGHT = 0.2

/**
 * Gathers the texts of requests that come about the same time into one run of the model: a GPU takes 64 texts in little
 * more time than one. A batch starts when it is full, or when its oldest text has waited `max_batch_wait_ms`; while all
 * runs are taken the queue grows, up to `max_queue_texts`. Once `stopping` aborts nothing waits for company any more:
 * none will come.
 */
export function createBatcher(
  provider: EmbeddingProvider,
  limits: BatcherLimits,
  stopping: AbortSignal,
  onBatch: OnBatch,
): Batcher {
  const queue: Job[] = []
  let waiting = 0
  let running = 0
  let batches = 0
  let failures = 0
  let textsPerMs: number | undefined
  let timer: NodeJS.Timeout | undefined

  const leave = (job: Job): boolean => {
    const at = queue.indexOf(job)
    if (at < 0) return false
    queue.splice(at, 1)
    waiting -= job.texts.length
    return true
  }
  const assertRoom = (texts = 1) => {
    if (waiting + texts <= limits.max_queue_texts) return
    const estimateMs = textsPerMs === undefined ? FIRST_RETRY_AFTER_MS : waiting / textsPerMs
    const message = `${waiting} texts wait already (max_queue_texts is ${limits.max_queue_texts}); send again later`
    throw new RefusedError(429, 'queue_full', message, Math.min(Math.max(estimateMs, 1), MAX_RETRY_AFTER_MS))
  }

  const startWhatIsDue = () => {
    clearTimeout(timer)
    while (queue.length > 0 && batches < limits.max_concurrent_batches) {
      const leftMs = queue[0]!.sinceMs + limits.max_batch_wait_ms - performance.now()
      if (leftMs > 0 && waiting < limits.max_batch_texts && !stopping.aborted) {
        timer = setTimeout(startWhatIsDue, leftMs)
        return
      }
      void run(nextBatch())
    }
  }
  stopping.addEventListener('abort', startWhatIsDue, { once: true })
  const nextBatch = (): Job[] => {
    const jobs: Job[] = []
    let texts = 0
    for (const job of queue) {
      if (jobs.length > 0 && texts + job.texts.length > limits.max_batch_texts) break
      jobs.push(job)
      texts += job.texts.length
    }
    for (const job of jobs) leave(job)
    return jobs
  }
  const run = async (jobs: readonly Job[]) => {
    batches += 1
    try {
      await embedTogether(jobs)
    } catch (error) {
      if (jobs.length === 1) jobs[0]!.reject(modelFailed(error))
      // One request's texts may be at fault; the others must not pay for it.
      else for (const job of jobs) await embedTogether([job]).catch(own => job.reject(modelFailed(own)))
    } finally {
      batches -= 1
      startWhatIsDue()
    }
  }
  const embedTogether = async (jobs: readonly Job[]) => {
    const texts = jobs.flatMap(job => job.texts)
    const startMs = performance.now()
    running += texts.length
    try {
      let tokens: readonly number[] = []
      const vectors = await provider.embed(texts, new AbortController().signal, {
        normalize: false,
        onTokens: counts => {
          tokens = counts
        },
      })
      const durationMs = performance.now() - startMs
      const speed = texts.length / Math.max(durationMs, 0.001)
      textsPerMs = textsPerMs === undefined ? speed : textsPerMs + SPEED_WEIGHT * (speed - textsPerMs)
      failures = 0
      onBatch({ texts: texts.length, durationMs })
      let from = 0
      for (const job of jobs) {
        const to = from + job.texts.length
        job.resolve({ vectors: vectors.slice(from, to), tokens: tokens.slice(from, to) })
        from = to
      }
    } catch (error) {
      failures += 1
      onBatch({ texts: texts.length, durationMs: performance.now() - startMs, error })
      throw error
    } finally {
      running -= texts.length
    }
  }

  return {
    embed: (texts, signal) => {
      assertRoom(texts.length)
      const { promise, resolve, reject } = Promise.withResolvers<Embedded>()
      const job: Job = { texts, sinceMs: performance.now(), resolve, reject }
      const giveUp = (error: unknown) => {
        if (leave(job)) reject(error)
      }
      const gone = () => giveUp(new RefusedError(499, 'caller_left', 'the caller left'))
      const timeout = setTimeout(() => giveUp(waitedTooLong(limits.queue_timeout_ms)), limits.queue_timeout_ms)
      signal.addEventListener('abort', gone, { once: true })
      queue.push(job)
      waiting += texts.length
      startWhatIsDue()
      return promise.finally(() => {
        clearTimeout(timeout)
        signal.removeEventListener('abort', gone)
      })
    },
    waiting: () => waiting,
    running: () => running,
    failures: () => failures,
    assertRoom: () => assertRoom(),
  }
}

function modelFailed(error: unknown): RefusedError {
  return new RefusedError(503, 'model_failed', `the model failed: ${errorText(error)}`, FIRST_RETRY_AFTER_MS)
}

function waitedTooLong(limitMs: number): RefusedError {
  const message = `the texts waited ${limitMs} ms for the model (queue_timeout_ms); send again later`
  return new RefusedError(503, 'queue_timeout', message, FIRST_RETRY_AFTER_MS)
}
