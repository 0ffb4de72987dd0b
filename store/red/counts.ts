import { bucketOf } from '../../analysis/statistics/sketch.ts'

/** Requests of one series and minute. */
export interface Counts {
  requests: number
  errors: number
  /** The sum. */
  durationMs: number
  /** Of a sketch, one for each request; in order of the requests. */
  readonly buckets: number[]
  /** Of those that failed. */
  readonly errorBuckets: number[]
  /** One of the traces; one that failed, if any did. */
  traceId: string
}

export function noCounts(): Counts {
  return { requests: 0, errors: 0, durationMs: 0, buckets: [], errorBuckets: [], traceId: '' }
}

export function countRequest(counts: Counts, durationMs: number, failed: boolean, traceId: string): void {
  const bucket = bucketOf(durationMs)
  counts.requests += 1
  counts.durationMs += durationMs
  counts.buckets.push(bucket)
  if (failed) {
    if (counts.errors === 0) counts.traceId = traceId
    counts.errors += 1
    counts.errorBuckets.push(bucket)
  } else if (counts.traceId === '') counts.traceId = traceId
}
