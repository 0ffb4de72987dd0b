import { secretKind } from './secret-keys.ts'
import { isPlaceholder, type Replace } from './secret-values.ts'
import { closingSqlQuote } from './value-bounds.ts'

/** `ALTER ROLE app PASSWORD 'hunter2'`, `SET PASSWORD … = PASSWORD('hunter2')`, `IDENTIFIED WITH … BY 'hunter2'`. */
const PASSWORD =
  /(?<![\w"'`.-])(?:password(?:[ \t]{1,3}|\([ \t]{0,3})|identified[ \t]{1,3}(?:with[ \t]{1,3}\w{1,64}[ \t]{1,3})?by[ \t]{1,3}|replace[ \t]{1,3})(?=['"])/gi
/** A list of columns (1) before a list of values. */
const INSERT =
  /\b(?:insert|replace)\s{1,3}(?:ignore\s{1,3})?into\s{1,3}[^\s(]{1,128}(?:\s{1,3}[^\s(]{1,64})?\s{0,3}\(([^()]{1,4096})\)\s{0,3}values?\s{0,3}/gi
const NEXT_ROW = /\s{0,3},?\s{0,3}(?=\()/y
/** A value that is no string: a number, a parameter, a call without arguments of its own. */
const OTHER_VALUE = /[^,()'"]{1,256}(?:\([^()'"]{0,256}\))?/y
const STRING = /\s{0,3}[NEBXnebx]?(['"])/y

/** `text` with the passwords of SQL statements replaced, and what an INSERT puts into a column whose name tells a secret. */
export function replaceInSql(text: string, replace: Replace): string {
  const found: { start: number; end: number; kind: string }[] = []
  for (const match of text.matchAll(PASSWORD)) {
    // REPLACE is also a function and a statement: it names a password only behind one that IDENTIFIED BY gave.
    if (/^replace/i.test(match[0]) && found.length === 0) continue
    const start = match.index + match[0].length + 1
    found.push({ start, end: closingSqlQuote(text, start, text[start - 1]), kind: 'password' })
  }
  for (const match of text.matchAll(INSERT)) {
    const kinds = match[1]!.split(',').map(column => secretKind(column.replaceAll(/["'`[\]\s]/g, '')))
    if (kinds.some(kind => kind !== undefined)) found.push(...valuesOf(text, match.index + match[0].length, kinds))
  }
  found.sort((a, b) => a.start - b.start)
  let result = ''
  let from = 0
  for (const { start, end, kind } of found) {
    const secret = text.slice(start, end)
    if (start < from || isPlaceholder(secret)) continue
    result += text.slice(from, start) + replace(kind, secret)
    from = end
  }
  return result + text.slice(from)
}

/** The strings of the rows at `position` that stand in a column with a kind. A row that cannot be read ends the list. */
function* valuesOf(text: string, position: number, kinds: readonly (string | undefined)[]) {
  let at = position
  for (;;) {
    NEXT_ROW.lastIndex = at
    if (!NEXT_ROW.test(text)) return
    at = NEXT_ROW.lastIndex + 1
    for (const kind of kinds) {
      STRING.lastIndex = at
      const quote = STRING.exec(text)?.[1]
      if (quote !== undefined) {
        const start = STRING.lastIndex
        const end = closingSqlQuote(text, start, quote)
        if (kind !== undefined) yield { start, end, kind }
        at = end + 1
      } else {
        OTHER_VALUE.lastIndex = at
        if (!OTHER_VALUE.test(text)) return
        at = OTHER_VALUE.lastIndex
      }
      while (text[at] === ' ') at++
      if (text[at] !== ',') break
      at++
    }
    if (text[at] !== ')') return
    at++
  }
}
