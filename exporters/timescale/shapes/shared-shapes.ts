import type { DictionaryRow } from '../dictionary.ts'
import type { Dimensions, Space } from '../dimensions.ts'
import type { Leaf } from './tree.ts'

/**
 * A shape is worth a row of a dictionary once it is seen again: of what comes once, the row would cost more than it
 * saves. Until then the record goes with the plain shape of its resource and scope, which shares nothing else.
 */
const SIGHTINGS_MIN = 2

/** As many plain shapes for one resource and scope as there are kinds and flags; a sender of noise has more. */
const PLAIN_MAX = 64

interface Use {
  sightings: number
  row: DictionaryRow | undefined
}

interface Uses {
  readonly bySpace: Map<Space, Use>
  /** Records of a space come one after the other. */
  space: Space | undefined
  use: Use | undefined
}

/** The shape of a record at this leaf; undefined where it is the plain one. `create` is given what the leaf is for. */
export function sharedShape<Of>(
  leaf: Leaf,
  dimensions: Dimensions,
  of: Of,
  create: (leaf: Leaf, of: Of, dimensions: Dimensions) => DictionaryRow,
): DictionaryRow | undefined {
  // Only this module sets `uses` of trees whose leaves it is given.
  const { space } = dimensions
  leaf.uses ??= { bySpace: new Map(), space: undefined, use: undefined } satisfies Uses
  const uses = leaf.uses as Uses
  let use = uses.space === space ? uses.use : uses.bySpace.get(space)
  if (use === undefined) {
    use = { sightings: 0, row: undefined }
    uses.bySpace.set(space, use)
  }
  uses.space = space
  uses.use = use
  if (use.row !== undefined) return use.row
  use.sightings += 1
  if (use.sightings < SIGHTINGS_MIN) return undefined
  use.row = create(leaf, of, dimensions)
  return use.row
}

export function plainShape({ plain }: Space, key: string, create: () => DictionaryRow): DictionaryRow {
  const known = plain.get(key)
  if (known !== undefined) return known
  if (plain.size >= PLAIN_MAX) plain.clear()
  const row = create()
  plain.set(key, row)
  return row
}
