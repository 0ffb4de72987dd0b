import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** The rows of a comma-separated file (RFC 4180), gzipped or not, its head among them. */
export function readCsv(file: string): string[][] {
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  return rows
}

/** The rows as objects by their head. */
export function readTable(file: string): Record<string, string>[] {
  const [head, ...rows] = readCsv(file)
  return rows.map(row => Object.fromEntries(head!.map((name, i) => [name, row[i] ?? ''])))
}
