import type { StaticTable } from './table.ts'

/** A longer word is cut: it is a token or a dump, and tells nothing at its end. */
const MAX_WORD_CHARS = 64
/** Between `payment` and `Timeout`, between `PSQL` and `Exception`. embeddings/distil/words.py does the same. */
const HUMPS = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/

/** The words in a run of ASCII letters and digits: `PSQLException` is psql, exception. */
export function wordsIn(run: string): string[] {
  return run.split(HUMPS).map(word => word.slice(0, MAX_WORD_CHARS).toLowerCase())
}

/**
 * The rows of a word in lower case: its own, or those of its pieces, each the longest that the table has from there on.
 * A letter that no piece begins with is left out.
 */
export function rowsOf(table: StaticTable, word: string): number[] {
  const found: number[] = []
  for (let at = 0; at < word.length; ) {
    let row: number | undefined
    let end = Math.min(word.length, at + table.longest)
    for (; end > at; end--) {
      row = table.rowOf.get(at === 0 ? word.slice(0, end) : `##${word.slice(at, end)}`)
      if (row !== undefined) break
    }
    if (row === undefined) at += 1
    else {
      found.push(row)
      at = end
    }
  }
  return found
}
