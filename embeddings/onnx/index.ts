import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import { Piscina } from 'piscina'
import { EmbeddingError, errorText } from '../errors.ts'
import type { EmbeddingProvider } from '../provider.ts'
import type { OpenOptions } from './model.ts'
import { readModelFolder } from './model-folder.ts'
import type { OnnxSettings } from './settings.ts'
import type { WorkerResult, WorkerTask } from './worker.ts'

/**
 * Opens a model folder in worker threads: ONNX Runtime computes synchronously, and the event loop has requests to
 * answer. Resolves once the model has embedded a first text. Called off by `signal` it reads no further, but a model
 * that is being loaded is loaded to the end: ended in the middle of that, ONNX Runtime takes the process with it.
 *
 * @throws EmbeddingError MODEL_UNUSABLE; the reason of `signal`
 */
export async function openOnnxProvider(
  settings: OnnxSettings,
  logger: Logger,
  signal?: AbortSignal,
): Promise<EmbeddingProvider> {
  const folder = await readModelFolder(settings, signal).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
  const options: OpenOptions = { folder, device: settings.device, threads: threadsOf(settings) }
  const workers = new Piscina<WorkerTask, WorkerResult>({
    filename: new URL('./worker.ts', import.meta.url).href,
    minThreads: settings.workers,
    maxThreads: settings.workers,
    workerData: options,
  })
  try {
    const probe = await workers.run({ texts: ['probe'], normalize: true })
    signal?.throwIfAborted()
    const dimensions = probe.numbers.length
    const id = `${folder.name}@${folder.revision}`
    if (probe.fallback !== undefined) {
      logger.warn(
        { wanted: settings.device, reason: probe.fallback },
        `the device ${settings.device} cannot be used (${probe.fallback}); embeddings are computed on the CPU`,
      )
    }
    logger.info(
      { model: id, device: probe.device, dimensions, max_tokens: folder.maxTokens, threads: options.threads },
      `embedding model ${id} runs on ${probe.device}`,
    )
    return providerOver(workers, {
      ...settings,
      id,
      dimensions,
      device: probe.device,
      queryInstruction: folder.queryInstruction,
    })
  } catch (error) {
    await workers.destroy()
    signal?.throwIfAborted()
    throw new EmbeddingError('MODEL_UNUSABLE', errorText(error), { cause: error })
  }
}

/** One core is left to the event loop. */
function threadsOf({ threads, workers }: OnnxSettings): number {
  return threads > 0 ? threads : Math.max(1, Math.floor((availableParallelism() - 1) / workers))
}

interface Opened {
  readonly id: string
  readonly dimensions: number
  readonly device: string
  readonly workers: number
  readonly batch_size: number
  readonly queryInstruction: string | undefined
}

function providerOver(pool: Piscina<WorkerTask, WorkerResult>, opened: Opened): EmbeddingProvider {
  const { id, dimensions, device, workers, batch_size: batchSize, queryInstruction } = opened
  const closing = new AbortController()
  const run = tasksOf(pool, workers)
  return {
    id,
    dimensions,
    device,
    queryInstruction,
    embed: async (texts, signal, options = {}) => {
      const stop = AbortSignal.any([signal, closing.signal])
      const vectors = new Array<Float32Array>(texts.length)
      const tokens = new Array<number>(texts.length)
      const batches = batchesOf(texts, batchSize)
      const lane = async () => {
        for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
          const task = { texts: batch.map(at => texts[at]!), normalize: options.normalize ?? true }
          const result = await unlessAborted(stop, () => run.start(task, stop))
          assertFinite(result, id)
          for (const [row, at] of batch.entries()) {
            vectors[at] = result.numbers.slice(row * dimensions, (row + 1) * dimensions)
            tokens[at] = result.tokens[row]!
          }
        }
      }
      try {
        await Promise.all(Array.from({ length: workers }, lane))
      } catch (error) {
        // The other batches are of no use any more.
        batches.length = 0
        throw error
      }
      options.onTokens?.(tokens)
      return vectors
    },
    close: async () => {
      closing.abort(new EmbeddingError('CLOSED', 'the embedding provider was closed while it worked'))
      await run.ended()
      await pool.destroy()
    },
  }
}

/**
 * Runs tasks, never more at once than there are workers: what waits here, and not in Piscina's own queue, is left out
 * when its caller has gone. `ended` resolves when no worker works any more: one that is ended inside ONNX Runtime aborts
 * the whole process (seen in 6 of 24 tries).
 */
function tasksOf(pool: Piscina<WorkerTask, WorkerResult>, workers: number) {
  const running = new Set<Promise<WorkerResult>>()
  const waiting: (() => void)[] = []
  const start = async (task: WorkerTask, signal: AbortSignal): Promise<WorkerResult> => {
    while (running.size >= workers) await new Promise<void>(resolve => waiting.push(resolve))
    if (signal.aborted) {
      waiting.shift()?.()
      throw signal.reason
    }
    const work = runTask(pool, task)
    running.add(work)
    try {
      return await work
    } finally {
      running.delete(work)
      waiting.shift()?.()
    }
  }
  return { start, ended: () => Promise.allSettled(running) }
}

async function runTask(pool: Piscina<WorkerTask, WorkerResult>, task: WorkerTask): Promise<WorkerResult> {
  try {
    return await pool.run(task)
  } catch (error) {
    throw new EmbeddingError(
      'MODEL_FAILED',
      `the model could not embed ${task.texts.length} texts: ${errorText(error)}`,
      {
        cause: error,
      },
    )
  }
}

/** Stored, such a vector would be like no other; sent as JSON, it would not even be a number. */
function assertFinite({ numbers }: WorkerResult, id: string): void {
  if (numbers.every(Number.isFinite)) return
  throw new EmbeddingError(
    'MODEL_UNUSABLE',
    `the model ${id} gave something else than finite numbers; one of half precision may overflow: take its float32 file`,
  )
}

/** Indices of texts of like length together: a batch is padded to its longest. */
function batchesOf(texts: readonly string[], size: number): number[][] {
  const order = texts.map((_, at) => at).sort((a, b) => texts[a]!.length - texts[b]!.length || a - b)
  return Array.from({ length: Math.ceil(order.length / size) }, (_, nth) => order.slice(nth * size, (nth + 1) * size))
}

/**
 * Gives up waiting when `signal` aborts. The work itself is let go on: Piscina ends a task by ending its thread, and
 * with it the model that took seconds to load.
 */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const working = work()
  working.catch(() => {})
  try {
    return await Promise.race([working, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
