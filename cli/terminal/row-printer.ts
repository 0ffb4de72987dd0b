import type { JsonValue } from '../../store/json-values.ts'
import { columnsOf } from './columns.ts'
import { printData, printPainted } from './guard.ts'
import { bodyLines, countLine, headLines, type Layout, layOut } from './table.ts'

export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const
export type Format = (typeof FORMATS)[number]

type Rows = readonly (readonly JsonValue[])[]

interface RowPrinter {
  /** A page of rows, after what reads the output has taken the one before. */
  print(columns: readonly string[], rows: Rows): Promise<void>
  end(): void
}

export function rowPrinter(format: Format): RowPrinter {
  if (format === 'table') return tablePrinter()
  return { json: jsonPrinter, ndjson: ndjsonPrinter, csv: csvPrinter }[format]()
}

/** The first page tells how wide the columns are. */
function tablePrinter(): RowPrinter {
  let layout: Layout | undefined
  let count = 0
  return {
    async print(columns, rows) {
      const objects = rows.map(row => objectOf(columns, row))
      if (layout === undefined) {
        layout = layOut(columns, objects, columnsOf(process.stdout))
        printPainted(headLines(layout))
      }
      printPainted(bodyLines(layout, objects, count + 1))
      count += rows.length
      await printData('')
    },
    end: () => printPainted([countLine(count)]),
  }
}

function jsonPrinter(): RowPrinter {
  let count = 0
  return {
    async print(columns, rows) {
      const texts = rows.map(row => `${count++ === 0 ? '[' : ','}${JSON.stringify(objectOf(columns, row))}`)
      await printData(texts.join(''), 'json')
    },
    end: () => void printData(count === 0 ? '[]\n' : ']\n', 'json'),
  }
}

function ndjsonPrinter(): RowPrinter {
  return {
    print: (columns, rows) =>
      printData(rows.map(row => `${JSON.stringify(objectOf(columns, row))}\n`).join(''), 'json'),
    end: () => {},
  }
}

/** RFC 4180, with line feeds. Values are as they were sent: a spreadsheet may take some for formulas. */
function csvPrinter(): RowPrinter {
  let hasNames = false
  return {
    async print(columns, rows) {
      const lines = [...(hasNames ? [] : [columns]), ...rows].map(row => `${row.map(csvValue).join(',')}\n`)
      hasNames = true
      await printData(lines.join(''))
    },
    end: () => {},
  }
}

export function csvValue(value: JsonValue): string {
  if (value === null) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  // An empty text is quoted, so that it differs from NULL.
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function objectOf(columns: readonly string[], row: readonly JsonValue[]): Record<string, JsonValue> {
  return Object.fromEntries(columns.map((column, i) => [column, row[i]!]))
}
