/** The column types that the exporter fills, each with its binary form in CopyBuffer and its reader in refused-row.ts. */
export type ColumnType =
  | 'text'
  | 'timestamptz'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'double precision'
  | 'boolean'
  | 'jsonb'
  | 'bytea'
  | 'uuid'
  | 'bigint[]'
  | 'double precision[]'

/** A table that rows are copied into. The columns stand in the order in which the row's writer fills them. */
export interface CopyTable {
  readonly name: string
  /** The view that people read it by, where that is not the table itself. */
  readonly view?: string
  /** The dictionary that has what the row's key `shape_id` or `series_id` stands for. */
  readonly dictionary?: string
  readonly columns: readonly (readonly [name: string, type: ColumnType])[]
  /** Where a row keeps what its sighting is counted under; the names are these where it is not said. */
  readonly origin?: Readonly<Record<'fingerprint' | 'service' | 'environment' | 'service_version', string>>
  /** COPY cannot fill such a table: rows go through a temporary one. */
  readonly isBehindRowSecurity?: boolean
}

/** Columns are named one by one: identity columns fill themselves, and a later migration may add others. */
export function copyStatement(table: CopyTable): string {
  return `COPY ${table.name} (${table.columns.map(([name]) => name).join(', ')}) FROM STDIN (FORMAT binary)`
}

/** Signature, no flags, no extension. */
export const COPY_HEADER: Buffer = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)])
/** A row of -1 fields. */
export const COPY_TRAILER: Buffer = Buffer.from([0xff, 0xff])

const LENGTH_BYTES = 4

/** Encodes text fields once for many rows. `undefined` is NULL. */
export function encodedTexts(...values: readonly (string | undefined)[]): Buffer {
  return Buffer.concat(
    values.map(value => {
      const text = Buffer.from(value?.replaceAll('\0', '\ufffd') ?? '')
      const field = Buffer.alloc(LENGTH_BYTES + text.length)
      field.writeInt32BE(value === undefined ? -1 : text.length)
      text.copy(field, LENGTH_BYTES)
      return field
    }),
  )
}

/** That many fields of NULL: a length of -1 each. */
export function encodedNulls(count: number): Buffer {
  return Buffer.alloc(count * LENGTH_BYTES, 0xff)
}
