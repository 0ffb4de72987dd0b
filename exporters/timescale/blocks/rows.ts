import type { Signal } from '../../../pipeline/model/index.ts'
import type { CopyBuffer } from '../copy-buffer.ts'
import type { CopyTable } from '../table.ts'
import type { Block } from './collect.ts'
import { filterOf } from './filter.ts'

const COLUMNS: CopyTable['columns'] = [
  ['first', 'timestamptz'],
  ['timestamp', 'timestamptz'],
  ['records', 'integer'],
  ['filter', 'bytea'],
]

/** Where the blocks of a signal go. */
export const BLOCK_TABLES: { readonly [S in Signal]?: CopyTable } = {
  logs: { name: 'log_blocks', columns: COLUMNS },
  traces: { name: 'span_blocks', columns: COLUMNS },
}

/** More than a row can have beside its filter. */
export const BLOCK_ROW_BYTES = 2_100

export function writeBlock(out: CopyBuffer, block: Block): void {
  out.rowStart(COLUMNS.length)
  out.timestamp(block.firstUnixNano, 'first')
  out.timestamp(block.lastUnixNano, 'timestamp')
  out.int32(block.records)
  out.bytea(filterOf(block.hashes))
}
