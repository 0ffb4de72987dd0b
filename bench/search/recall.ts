/** Of ranks from 1; 0 stands for not found. */
export interface Recall {
  readonly at1: number
  readonly at5: number
  /** The mean of 1 / rank. */
  readonly mrr: number
}

export function recallOf(ranks: readonly number[]): Recall {
  const share = (isRight: (rank: number) => boolean) => ranks.filter(isRight).length / Math.max(1, ranks.length)
  return {
    at1: share(rank => rank === 1),
    at5: share(rank => rank >= 1 && rank <= 5),
    mrr: ranks.reduce((sum, rank) => sum + (rank === 0 ? 0 : 1 / rank), 0) / Math.max(1, ranks.length),
  }
}

export const shown = ({ at1, at5, mrr }: Recall) => [at1, at5, mrr].map(value => value.toFixed(3)).join('  ')
