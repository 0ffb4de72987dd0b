import { shown } from './guard.ts'

/** A cell longer than this is cut in the table, never in --json. */
const MAX_CELL = 80

/** Rows as people read them: columns aligned, numbers to the right, control characters shown, not sent. */
export function formatTable(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  const cells = rows.map(row => columns.map(column => cell(row[column])))
  const headings = columns.map(cell)
  const widths = headings.map((heading, i) => Math.max(heading.length, ...cells.map(row => row[i]!.length)))
  const isNumeric = columns.map(column => rows.length > 0 && rows.every(row => typeof row[column] === 'number'))
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => (isNumeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  const rule = widths.map(width => '─'.repeat(width)).join('  ')
  const count = rows.length === 1 ? '1 row' : `${rows.length} rows`
  return [line(headings), rule, ...cells.map(line), `(${count})`].join('\n')
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const line = shown(text.replaceAll('\n', '⏎').replaceAll('\t', ' '))
  return line.length > MAX_CELL ? `${line.slice(0, MAX_CELL - 1)}…` : line
}
