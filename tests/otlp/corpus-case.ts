import type { Signal } from '../../pipeline/model/index.ts'

/** A request that a receiver must answer properly, however wrong it is. */
export interface CorpusCase {
  /** What is wrong, as a file name without its ending. */
  readonly name: string
  readonly signal: Signal
  readonly contentType?: string
  readonly contentEncoding?: string
  /** Of the HTTP answer; for gRPC 400 is INVALID_ARGUMENT and 200 is OK. */
  readonly status: 200 | 400 | 415
  /** Records stored, and records reported in `partial_success`; both 0 when the status is not 200. */
  readonly stored: number
  readonly rejected: number
  readonly body: Buffer
}
