/** What a record is recognised by: the same problem has the same id, whatever reported it and wherever. */
export interface Fingerprint {
  /** 64 bits, signed as Postgres' bigint holds them. A pure function of the record and `version`. */
  readonly id: bigint
  /** What the id was made from. */
  readonly kind: 'log' | 'error'
  /** Of the algorithm. An id means the same for ever; a better algorithm makes other ids beside the old. */
  readonly version: number
  /** What the records have in common, variable parts masked; for an error its types and where to look. */
  readonly template: string
  /**
   * The id that the version before gave this record, where it was another: what is known of that problem holds for this
   * one (`store/fingerprints/carry-over.ts`).
   */
  readonly previous?: bigint | undefined
}

/** A fingerprint's or a group's id as people and tools write it: 16 hex digits. */
export function hexOf(id: bigint): string {
  return BigInt.asUintN(64, id).toString(16).padStart(16, '0')
}
