import type { CopyBuffer } from '../copy-buffer.ts'
import type { JsonWriter } from '../json.ts'
import type { PromotedAttributes } from '../promoted.ts'

/** What writes rows: one for all rows of an exporter. */
export interface Pen {
  readonly out: CopyBuffer
  readonly json: JsonWriter
  readonly promoted: PromotedAttributes
}
