import { hash } from 'node:crypto'

/** Tables whose rows are kept once, under the hash of their content, for the many rows that refer to them. */
export type Dictionary =
  | 'telemetry_resources'
  | 'telemetry_scopes'
  | 'span_shapes'
  | 'log_shapes'
  | 'metric_series'
  | 'red_series'

/** A row of a dictionary. */
export interface DictionaryRow {
  readonly table: Dictionary
  readonly id: bigint
  /** In the order of the table's columns in dictionary-rows.ts; jsonb as its text. */
  readonly values: readonly DictionaryValue[]
}

type DictionaryValue = string | number | boolean | null

/** The id is the first 64 bits of SHA-256 over the row's content: every replica computes the same. */
export function dictionaryRow(table: Dictionary, values: DictionaryRow['values']): DictionaryRow {
  return { table, id: hash('sha256', JSON.stringify([table, values]), 'buffer').readBigInt64BE(0), values }
}
