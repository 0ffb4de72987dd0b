import { columnsOf } from './columns.ts'
import { type Line, type Piece, painted, printPainted, shown } from './guard.ts'
import { cellsOf, cutTo, fitted } from './width.ts'
import { wrapped } from './wrap.ts'

/** A cell longer than this is cut where nobody's terminal sets the limit, never in JSON or CSV. */
const MAX_CELL = 1_000
const GAP = 2
/** Prose is still worth reading in so many cells; ids, numbers and times are whole or useless. */
const MIN_PROSE = 16
const LONGEST_WORD = 40

type Row = Readonly<Record<string, unknown>>

/** How rows are laid out; made of the first of them, and kept for those that come later. */
export interface Layout {
  readonly columns: readonly string[]
  readonly widths: readonly number[]
  readonly isNumeric: readonly boolean[]
  /** Too narrow for columns: a line for each value. */
  readonly asRecords: boolean
  readonly width: number
}

/** @param width cells of the terminal; infinite for a pipe */
export function layOut(columns: readonly string[], rows: readonly Row[], width: number): Layout {
  const cells = rows.map(row => columns.map(column => cell(row[column])))
  const isNumeric = columns.map(column => rows.length > 0 && rows.every(row => isNumber(row[column])))
  const widths = columns.map((column, i) => Math.max(cellsOf(cell(column)), ...cells.map(row => cellsOf(row[i]!))))
  const isProse = columns.map((_, i) => cells.some(row => /\s/.test(row[i]!) || row[i]!.length > LONGEST_WORD))
  const least = widths.map((natural, i) => (isProse[i] ? Math.min(natural, MIN_PROSE) : natural))
  const room = width - GAP * (columns.length - 1)
  const asRecords = sum(least) > room
  return { columns, widths: asRecords ? widths : shrunk(widths, least, room), isNumeric, asRecords, width }
}

/** The widest columns give first, down to what each needs at least. */
function shrunk(natural: readonly number[], least: readonly number[], room: number): number[] {
  const widths = [...natural]
  for (let excess = sum(widths) - room; excess > 0; excess = sum(widths) - room) {
    const able = widths.map((width, i) => (width > least[i]! ? width : 0))
    const widest = Math.max(...able)
    const next = Math.max(0, ...able.filter(width => width < widest))
    for (const [i, width] of able.entries()) {
      if (width === widest && excess > 0) {
        const give = Math.min(excess, width - Math.max(least[i]!, Math.min(next, width - 1)))
        widths[i] = width - give
        excess -= give
      }
    }
  }
  return widths
}

export function headLines({ columns, widths, isNumeric, asRecords }: Layout): Line[] {
  if (asRecords) return []
  const names = columns.map((column, i) => fitted(cell(column), widths[i]!, isNumeric[i])).join('  ')
  const rule = widths.map(width => '─'.repeat(width)).join('  ')
  return [[{ text: names.trimEnd(), means: 'heading' }], [{ text: rule, means: 'beside' }]]
}

export function bodyLines(layout: Layout, rows: readonly Row[], firstNumber = 1): Line[] {
  if (layout.asRecords) return rows.flatMap((row, i) => recordLines(layout, row, firstNumber + i))
  const { columns, widths, isNumeric } = layout
  return rows.map(row => {
    const cells = columns.map((column, i) => fitted(cell(row[column]), widths[i]!, isNumeric[i]))
    return [cells.join(' '.repeat(GAP)).trimEnd()]
  })
}

/** Nothing has to share its line: what is too long goes on below itself. */
function recordLines({ columns, width }: Layout, row: Row, number: number): Line[] {
  const nameCells = Math.min(Math.max(...columns.map(cellsOf)), Math.floor(width / 2))
  const room = Math.max(1, width - nameCells - GAP)
  const lines = columns.flatMap((column): Line[] => {
    const name: Piece = { text: fitted(cell(column), nameCells), means: 'heading' }
    const [first = '', ...others] = wrapped(cell(row[column]), room).map(text => cutTo(text, room))
    return [[name, '  ', first], ...others.map((text): Line => [' '.repeat(nameCells + GAP), text])]
  })
  return [[{ text: `── ${number}`, means: 'beside' }], ...lines]
}

export function countLine(rows: number): Line {
  return [{ text: `(${rows === 1 ? '1 row' : `${rows} rows`})`, means: 'beside' }]
}

/** All lines of a table: columns aligned, numbers to the right, control characters shown, not sent. */
export function tableLines(columns: readonly string[], rows: readonly Row[], width: number): Line[] {
  const layout = layOut(columns, rows, width)
  return [...headLines(layout), ...bodyLines(layout, rows), countLine(rows.length)]
}

/** A table as text without colours. */
export function formatTable(
  columns: readonly string[],
  rows: readonly Row[],
  width = Number.POSITIVE_INFINITY,
): string {
  return painted(tableLines(columns, rows, width), false).trimEnd()
}

export function printTable(columns: readonly string[], rows: readonly Row[]): void {
  printPainted(tableLines(columns, rows, columnsOf(process.stdout)))
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return cutTo(
    shown(
      text
        .slice(0, 4 * MAX_CELL)
        .replaceAll('\n', '⏎')
        .replaceAll('\t', ' '),
    ),
    MAX_CELL,
  )
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value === null
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
