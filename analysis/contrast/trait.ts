/** An attribute with a value, and the units that have it. */
export interface Trait {
  readonly key: string
  /** As people read it; `≥ 40` where it is a range of numbers. */
  readonly value: string
  /** Ascending, each once. Those below `Units.first` are of the first set. */
  readonly units: readonly number[]
}
