/** A row as an endpoint hands it on, whose columns the statement names. */
export type Row = Readonly<Record<string, unknown>>

export const text = (row: Row, key: string) => String(row[key] ?? '')
export const number = (row: Row, key: string) => Number(row[key] ?? 0)
