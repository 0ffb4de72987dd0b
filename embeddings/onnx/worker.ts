import { move, workerData } from 'piscina'
import { type OnnxModel, type OpenOptions, openModel } from './model.ts'
import type { Device } from './settings.ts'

export interface WorkerTask {
  readonly texts: readonly string[]
  readonly normalize: boolean
}

export interface WorkerResult {
  /** The vectors one after the other, moved and not copied. */
  readonly numbers: Float32Array
  readonly tokens: readonly number[]
  readonly device: Device
  readonly fallback: string | undefined
}

let opening: Promise<OnnxModel> | undefined

/** The entry of a worker thread. The model is opened by the first task, so that a failure is that task's error. */
export default async function run({ texts, normalize }: WorkerTask): Promise<WorkerResult> {
  opening ??= openModel(workerData as OpenOptions) // what index.ts passes
  const model = await opening.catch((error: unknown) => {
    // A thread that found no memory for the model may find it for the next task.
    opening = undefined
    throw error
  })
  const { vectors, tokens } = await model.embed(texts, normalize)
  const numbers = new Float32Array(vectors.length * (vectors[0]?.length ?? 0))
  for (const [at, vector] of vectors.entries()) numbers.set(vector, at * vector.length)
  move(numbers.buffer)
  return { numbers, tokens, device: model.device, fallback: model.fallback }
}
