import type { Slice } from './arena.ts'
import type { ColumnType, CopyTable } from './table.ts'

/** Cuts a slice into its rows. */
export function splitRows({ arena, start, end }: Slice): Slice[] {
  const { view } = arena
  const rows: Slice[] = []
  for (let at = start; at < end; ) {
    const rowStart = at
    const fields = view.getInt16(at)
    at += 2
    for (let i = 0; i < fields; i++) at += 4 + Math.max(0, view.getInt32(at))
    rows.push({ arena, start: rowStart, end: at, rows: 1 })
  }
  return rows
}

/**
 * A row as a JSON object, column by column. With jsonb_populate_record, Postgres makes the same row of it again, so
 * what was refused can be stored once its obstacle is gone. 64-bit integers are exact JSON numbers.
 */
export function rowJson(table: CopyTable, { arena, start }: Slice): Buffer {
  const { view } = arena
  let at = start + 2
  const members: string[] = []
  for (const [name, type] of table.columns) {
    const size = view.getInt32(at)
    at += 4
    if (size < 0) continue
    members.push(`${JSON.stringify(name)}:${READERS[type](arena, at, size)}`)
    at += size
  }
  return Buffer.from(`{${members.join(',')}}`)
}

/** Makes JSON of the field of `size` bytes at `at`. */
type Reader = (arena: Slice['arena'], at: number, size: number) => string

const READERS: Record<ColumnType, Reader> = {
  text: ({ bytes }, at, size) => JSON.stringify(bytes.toString('utf8', at, at + size)),
  timestamptz: ({ view }, at) => JSON.stringify(isoTime(view.getBigInt64(at))),
  smallint: ({ view }, at) => String(view.getInt16(at)),
  integer: ({ view }, at) => String(view.getInt32(at)),
  bigint: ({ view }, at) => String(view.getBigInt64(at)),
  'double precision': ({ view }, at) => float(view.getFloat64(at)),
  boolean: ({ bytes }, at) => String(bytes[at] === 1),
  // The first byte is the version of jsonb's binary form.
  jsonb: ({ bytes }, at, size) => bytes.toString('utf8', at + 1, at + size),
  bytea: ({ bytes }, at, size) => JSON.stringify(`\\x${bytes.toString('hex', at, at + size)}`),
  uuid: ({ bytes }, at, size) => JSON.stringify(bytes.toString('hex', at, at + size)),
  'bigint[]': ({ view }, at, size) => array(at, size, element => String(view.getBigInt64(element))),
  'double precision[]': ({ view }, at, size) => array(at, size, element => float(view.getFloat64(element))),
}

function float(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`
}

const EMPTY_ARRAY_BYTES = 12
const ARRAY_HEADER_BYTES = 20
const ELEMENT_BYTES = 12

function array(at: number, size: number, element: (at: number) => string): string {
  const count = size === EMPTY_ARRAY_BYTES ? 0 : (size - ARRAY_HEADER_BYTES) / ELEMENT_BYTES
  const first = at + ARRAY_HEADER_BYTES + 4
  return `[${Array.from({ length: count }, (_, i) => element(first + i * ELEMENT_BYTES)).join(',')}]`
}

const EPOCH_MILLIS = 946_684_800_000n

/** Microseconds since 2000 as ISO 8601 with all six digits, which Date does not have. */
function isoTime(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - fraction) / 1000n + EPOCH_MILLIS)).toISOString()
  return seconds.replace('.000Z', `.${String(fraction).padStart(6, '0')}Z`)
}
