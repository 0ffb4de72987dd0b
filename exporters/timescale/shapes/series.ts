import type { MetricPoint } from '../../../pipeline/model/index.ts'
import type { DictionaryRow } from '../dictionary.ts'
import type { Dimensions, Space } from '../dimensions.ts'
import type { Leaf } from './tree.ts'

/** A series as a point refers to it. */
export interface SeriesUse {
  readonly row: DictionaryRow
  /** Of a histogram. */
  readonly bounds: readonly number[] | undefined
  /** The start of all its points; 0 where each says its own. */
  readonly startUnixNano: bigint
}

/** A histogram that changes its bounds all the time gains nothing from being remembered. */
const REMEMBERED_MAX = 8

interface Uses {
  readonly series: SeriesUse[]
  lastStartUnixNano: bigint
}

/**
 * The series of a point: what leads to its leaf, its resource and scope, and the bounds of its buckets. A start that
 * comes twice is the series' own, too, as a counter has that is not reset; one that comes once stands with its point,
 * as those of deltas do.
 */
export function seriesOf(
  leaf: Leaf,
  point: MetricPoint,
  { space }: Dimensions,
  create: (part: Pick<SeriesUse, 'bounds' | 'startUnixNano'>) => DictionaryRow,
): SeriesUse {
  // Only this function sets `uses` in the tree of the metric points.
  leaf.uses ??= new Map()
  const bySpace = leaf.uses as Map<Space, Uses>
  let uses = bySpace.get(space)
  if (uses === undefined) {
    uses = { series: [], lastStartUnixNano: 0n }
    bySpace.set(space, uses)
  }
  const { startTimeUnixNano, value } = point
  const bounds = value.kind === 'histogram' ? value.explicitBounds : undefined
  const startUnixNano = startTimeUnixNano === uses.lastStartUnixNano ? startTimeUnixNano : 0n
  uses.lastStartUnixNano = startTimeUnixNano
  for (const known of uses.series) {
    if (known.startUnixNano === startUnixNano && areEqual(known.bounds, bounds)) return known
  }
  const series = { row: create({ bounds, startUnixNano }), bounds, startUnixNano }
  if (uses.series.length >= REMEMBERED_MAX) uses.series.length = 0
  uses.series.push(series)
  return series
}

function areEqual(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.length === b.length && a.every((bound, i) => Object.is(bound, b[i]))
}
