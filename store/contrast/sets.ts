import type { Contrast } from '../../analysis/contrast/index.ts'

/** Two sets, and what the units of the first have in common more often than those of the second. */
export interface SetContrast extends Contrast {
  readonly service: string
  /** Of spans; log lines have none. */
  readonly operation: string | undefined
  /** What the two sets are, in a few words of ours. */
  readonly firstIs: string
  readonly secondIs: string
  /** One of the first set; log lines may have none. */
  readonly traceId: string | undefined
}

/** Sizes of the samples: a share is then known to a few in a hundred, in a fraction of a second. */
export const FIRST_MAX = 300
export const SECOND_MAX = 600
/** Fewer failures have nothing that could be told from chance. */
export const FIRST_MIN = 3
/** Fewer say nothing about what is usual. */
export const SECOND_MIN = 30
