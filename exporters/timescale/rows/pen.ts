import type { CopyBuffer } from '../copy-buffer.ts'
import type { DictionaryRow } from '../dictionary.ts'
import { clean, type Dimensions } from '../dimensions.ts'
import type { JsonWriter } from '../json.ts'
import type { PromotedAttributes, PromotedColumn } from '../promoted.ts'
import type { Leaf, ShapeTree } from '../shapes/tree.ts'

/** What writes rows: one for all rows of an exporter. */
export interface Pen {
  readonly out: CopyBuffer
  readonly json: JsonWriter
  readonly promoted: PromotedAttributes
  readonly trees: { readonly spans: ShapeTree; readonly logs: ShapeTree; readonly points: ShapeTree }
  /** Where the row at hand stands in its tree; set by who looks, and undefined before each row. */
  leaf: Leaf | undefined
  /** Says that a row of a dictionary must be stored before the row at hand. */
  readonly use: (row: DictionaryRow) => void
  /** Says of what time the row is: as long as it is kept, so are the rows of dictionaries that it uses. */
  readonly seen: (unixNano: bigint) => void
}

/** The columns that every shape begins with. */
export function originOf({ origin, resource, scope }: Dimensions): readonly (string | null)[] {
  const { service, environment, version } = origin
  return [
    clean(service),
    clean(environment),
    version === undefined ? null : clean(version),
    String(resource.id),
    String(scope.id),
  ]
}

/** For each column the attribute that moved there. */
export function columnKeys(leaf: Leaf | undefined, columns: readonly PromotedColumn[]): readonly (string | null)[] {
  return columns.map(column => {
    const key = leaf?.columns.get(column)
    return key === undefined ? null : clean(key)
  })
}
