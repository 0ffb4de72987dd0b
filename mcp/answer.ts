/** JSON as tools answer it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type Row = Readonly<Record<string, Json>>

/** A part of an answer: rows of one kind, in the order in which they are read. */
export interface Section {
  readonly name: string
  readonly rows: readonly Row[]
  /** One for each row: what has the lowest is left out last. Without them the first rows stay. */
  readonly ranks?: readonly number[] | undefined
  /** All that there are, where that is known and more than `rows`. */
  readonly total?: number | undefined
  /** There are more than `rows`, nobody counted how many. */
  readonly hasMore?: boolean | undefined
  /** How to get those that are not in `rows`, or of `rows` those that were not shown. */
  readonly more?: string | ((shown: readonly Row[]) => string) | undefined
}

/** What a tool found. Sections stand in the order of their importance: the last ones are cut first. */
export interface Found {
  /** In our own words: numbers, ids and names of ours, nothing that a sender wrote. */
  readonly summary: string
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly sections: readonly Section[]
  /** Calls that go on from here: `nextCall` writes them. */
  readonly next?: readonly string[] | undefined
  /** Why there is nothing, where there is nothing. */
  readonly empty?: string | undefined
}

/** An answer within its budget, as it goes out. */
export interface Answer {
  readonly [key: string]: unknown
  readonly summary: string
  readonly range: { readonly from: string; readonly to: string } | null
  readonly data: Readonly<Record<string, readonly Row[]>>
  /** What was left out, and how to get it. */
  readonly cut: readonly string[]
  readonly next: readonly string[]
  readonly sql: readonly string[]
}

/** What an agent may call next. It is shown where all values are plain ids. */
export function nextCall(tool: string, args: Readonly<Record<string, Json | undefined>>): string {
  return `${tool} ${JSON.stringify(args)}`
}

/** The trace of a row, where it names one: senders may put anything in its place. */
export function traceCall(row: Row | undefined): string[] {
  const traceId = String(row?.trace_id)
  return /^[0-9a-f]{32}$/.test(traceId) ? [nextCall('trace_request', { trace_id: traceId })] : []
}

/** `1 error`, `2 errors`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A list of which one more was read than is shown, so that it is known whether there are more. */
export function page(
  rows: readonly Row[],
  limit: number,
): { readonly rows: readonly Row[]; readonly hasMore: boolean } {
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit }
}
