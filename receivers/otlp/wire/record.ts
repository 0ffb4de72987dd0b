import type { ItemOf, RejectedRecord, Resource, Scope, Signal } from '../../../pipeline/model/index.ts'
import { RecordFault } from './faults.ts'
import type { Reader } from './reader.ts'
import { skipField } from './skip.ts'

/** What came of one request: `items.length + rejected.length` records were received. */
export interface Decoded<S extends Signal> {
  readonly items: ItemOf[S][]
  /** In `raw`: the one Span, LogRecord or data point as it arrived, without its resource and scope. */
  readonly rejected: RejectedRecord[]
}

/** What a record shares with those around it. */
export interface Origin {
  readonly resource: Resource
  readonly scope: Scope
}

/**
 * Reads the record that follows and books it, as an item or, when it is at fault, as rejected: the records after it
 * stand. `shared` is the fault of something that the record depends on (its resource, say), which rejects it unread.
 */
export function readRecord<Item, From extends Origin>(
  reader: Reader,
  items: Item[],
  rejected: RejectedRecord[],
  read: (reader: Reader, from: From) => Item,
  from: From,
  shared: RecordFault | undefined,
  what: string,
): void {
  reader.budget.chargeRecord()
  const outer = reader.open()
  const start = reader.pos
  const end = reader.end
  try {
    if (shared !== undefined) throw shared
    items.push(read(reader, from))
  } catch (error) {
    rejected.push(rejection(reader, error, what, start, end))
  }
  reader.pos = end
  reader.end = outer
}

/**
 * Of the bytes from `start` to `end`, copied: a rejected record must not keep the whole request alive.
 * @throws `error` if it is no RecordFault
 */
export function rejection(reader: Reader, error: unknown, what: string, start: number, end: number): RejectedRecord {
  if (!(error instanceof RecordFault)) throw error
  reader.budget.chargeRejection()
  const message = `${what}: ${error.message}`
  return {
    reason: error.reason,
    message,
    raw: Buffer.from(reader.bytes.subarray(start, end)),
    contentType: 'application/x-protobuf',
  }
}

/**
 * Reads one field of something that records share, and passes over it when it is at fault: the fault is returned, to
 * reject the records that depend on it, which can still be counted. @throws RecordFault when its length is not sound
 */
export function readSharedField<Draft>(
  reader: Reader,
  tag: number,
  draft: Draft,
  read: (reader: Reader, tag: number, draft: Draft) => void,
): RecordFault | undefined {
  const start = reader.pos
  const end = reader.end
  try {
    read(reader, tag, draft)
    return undefined
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error
    reader.pos = start
    reader.end = end
    skipField(reader, tag)
    return error
  }
}
