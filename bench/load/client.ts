import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Signal } from '../../pipeline/model/index.ts'

export interface LoadResult {
  /** Acknowledged. */
  readonly records: number
  readonly seconds: number
  /** Records of requests that were refused; in a run without a rate each was sent again until it was taken. */
  readonly refused: number
  readonly p50_ms: number
  readonly p99_ms: number
}

export interface Load {
  readonly pid: number
  /** @param rate records per second, or 0 for as fast as they are acknowledged */
  run(seconds: number, rate: number): Promise<LoadResult>
  stop(): void
}

/** The load process, ready to send to `address`. */
export async function startLoad(signal: Signal, address: string): Promise<Load> {
  const file = path.join(import.meta.dirname, 'process.ts')
  const child: ChildProcess = spawn(process.execPath, [file, signal, address], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  await lines.next()
  return {
    pid: child.pid!,
    run: async (seconds, rate) => {
      child.stdin!.write(`${seconds} ${rate}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the load process ended early')
      return JSON.parse(value) as LoadResult // process.ts prints exactly this
    },
    stop: () => {
      child.stdin!.end()
    },
  }
}
