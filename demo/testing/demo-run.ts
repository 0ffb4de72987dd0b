import { type DemoOptions, type DemoResult, runDemo } from '../index.ts'
import type { Received } from './flatten.ts'
import { startSink } from './sink.ts'

export interface DemoRun {
  readonly result: DemoResult
  readonly received: Received
}

/** A whole run into a sink of its own. */
export async function runIntoSink(options: DemoOptions): Promise<DemoRun> {
  const sink = await startSink()
  try {
    const result = await runDemo({ ...options, endpoint: sink.endpoint })
    return { result, received: sink.received }
  } finally {
    await sink.close()
  }
}

/** Nanoseconds since 1970 of a time in the ground truth. */
export function nanos(iso: string): bigint {
  return BigInt(Date.parse(iso)) * 1_000_000n
}

export function countBy<T>(items: Iterable<T>, key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1
  return counts
}
