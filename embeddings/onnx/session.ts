import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { env, InferenceSession } from 'onnxruntime-node'
import { errorText } from '../errors.ts'
import type { Device, DeviceWish } from './settings.ts'

export interface OpenedSession {
  readonly session: InferenceSession
  readonly device: Device
  /** Why the device that was asked for is not the one that works. */
  readonly fallback: string | undefined
}

/** Opens the model on the device that is wished for, or else on the CPU. Throws when the CPU cannot run it either. */
export async function openSession(modelFile: string, wish: DeviceWish, threads: number): Promise<OpenedSession> {
  // Its warnings are about how a model was exported, which nobody here can change.
  env.logLevel = 'error'
  const open = (device: Device) =>
    InferenceSession.create(modelFile, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // Threads that wait for work by spinning would take the cores that the pipeline runs on.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
  const first = firstDevice(wish)
  if (first.device !== 'cpu') {
    try {
      return { session: await open(first.device), device: first.device, fallback: undefined }
    } catch (error) {
      return { session: await open('cpu'), device: 'cpu', fallback: errorText(error).trim() }
    }
  }
  return { session: await open('cpu'), device: 'cpu', fallback: first.fallback }
}

function firstDevice(wish: DeviceWish): { device: Device; fallback?: string } {
  if (wish === 'webgpu' || wish === 'cpu') return { device: wish }
  if (isCudaInstalled()) return { device: 'cuda' }
  if (wish === 'auto') return { device: 'cpu' }
  return {
    device: 'cpu',
    fallback: `${CUDA_LIBRARY} is not installed with onnxruntime-node (see docs/embeddings.md)`,
  }
}

const CUDA_LIBRARY = 'libonnxruntime_providers_cuda.so'

/** The package comes without the CUDA libraries; asking it for them writes alarming lines to stderr, so we look first. */
function isCudaInstalled(): boolean {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node')
  const folder = path.join(path.dirname(entry), '../bin/napi-v6', process.platform, process.arch)
  return existsSync(path.join(folder, CUDA_LIBRARY))
}
