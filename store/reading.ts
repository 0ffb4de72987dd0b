import type pg from 'pg'

/** Runs a SELECT and gives back its rows; times are dates or ISO texts. What a read of several statements is handed. */
export type Read = (sql: string, values: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** Reads over a connection of the caller's. */
export function readWith(client: pg.ClientBase): Read {
  return async (sql, values) => (await client.query<Record<string, unknown>>(sql, [...values])).rows
}

/** What a read covers. Times are bounds of every statement, so that only their partitions are read. */
export interface Scope {
  readonly from: Date
  readonly to: Date
  /** `prod` is also `production`; `*` is all. */
  readonly env: string
  /** Services that the asker may see; null is all. */
  readonly visible: readonly string[] | null
}

export function timeOf(value: unknown): number {
  return value instanceof Date ? +value : Date.parse(String(value))
}

export function textOrNone(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
