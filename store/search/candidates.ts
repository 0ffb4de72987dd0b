import type { Candidate } from './fuse.ts'

/** Candidates of each way that are fused: hundreds may be of one group, and the hundredth group adds next to nothing. */
export const CANDIDATES = 500

export interface CandidateRow {
  readonly fingerprint: string
  readonly group_id: string
  readonly measure: number
}

export function candidatesOf(rows: readonly CandidateRow[]): Candidate[] {
  return rows.map(row => ({
    fingerprint: BigInt(row.fingerprint),
    group: BigInt(row.group_id),
    measure: row.measure,
  }))
}
