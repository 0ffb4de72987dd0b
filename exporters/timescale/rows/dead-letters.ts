import type { RejectedRecord, Signal } from '../../../pipeline/model/index.ts'
import type { CopyBuffer } from '../copy-buffer.ts'
import type { CopyTable } from '../table.ts'

export const DEAD_LETTER_TABLE: CopyTable = {
  name: 'dead_letters',
  columns: [
    ['receiver', 'text'],
    ['signal', 'text'],
    ['batch_id', 'text'],
    ['reason', 'text'],
    ['message', 'text'],
    ['content_type', 'text'],
    ['payload', 'bytea'],
  ],
}

/** The request that a record came in. */
export interface LetterOrigin {
  readonly id: string
  readonly receiver: string
  readonly signal: Signal
}

export function writeDeadLetter(out: CopyBuffer, origin: LetterOrigin, record: RejectedRecord): void {
  out.rowStart(DEAD_LETTER_TABLE.columns.length)
  out.text(origin.receiver)
  out.text(origin.signal)
  out.text(origin.id)
  out.text(record.reason)
  out.text(record.message)
  out.text(record.contentType)
  out.bytea(record.raw)
}
