import type { Found, Json, Row } from '../../mcp/answer.ts'
import { type Line, shown } from './guard.ts'
import { wrapped } from './wrap.ts'

const MAX_VALUE_CHARS = 600
/** Rows of a section that a person reads before asking on. */
const MAX_ROWS = 8

/** What a tool of the MCP server found, as people read it in a terminal: the same answer that agents get. */
export function foundLines({ summary, sections, empty }: Found, columns: number): Line[] {
  const lines: Line[] = wrapped(summary, columns).map(text => [{ text, means: 'heading' as const }])
  if (empty !== undefined) lines.push(...wrapped(empty, columns).map(text => [text]))
  for (const { name, rows } of sections) {
    if (rows.length === 0) continue
    lines.push([''], [{ text: name.replaceAll('_', ' '), means: 'heading' }])
    for (const [i, row] of rows.slice(0, MAX_ROWS).entries()) {
      if (i > 0 && Object.keys(row).length > 3) lines.push([''])
      lines.push(...rowLines(row, columns))
    }
    if (rows.length > MAX_ROWS) lines.push([{ text: `  … ${rows.length - MAX_ROWS} more`, means: 'beside' }])
  }
  return lines
}

/** A short row in one line, a long one with a line for each value. */
function rowLines(row: Row, columns: number): Line[] {
  const entries = Object.entries(row).map(([key, value]) => [key.replaceAll('_', ' '), textOf(value)] as const)
  const width = Math.max(...entries.map(([key]) => key.length))
  if (entries.length <= 3) {
    const whole = `  ${entries.map(([key, value]) => `${key} ${value}`).join('  ')}`
    return wrapped(whole, columns, '    ').map(text => [text])
  }
  return entries.flatMap(([key, value]) => {
    const head = `  ${key.padEnd(width)}  `
    return wrapped(`${head}${value}`, columns, ' '.repeat(head.length)).map((text): Line => {
      const label = text.startsWith(head) ? head : text.slice(0, head.length)
      return [{ text: label, means: 'beside' }, text.slice(label.length)]
    })
  })
}

/** Lists with room to break their lines at; a map as its keys and values. */
function wordsOf(value: Json): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(wordsOf).join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([key, one]) => `${key} ${wordsOf(one)}`)
    .join(', ')
}

function textOf(value: Json): string {
  const text = shown(wordsOf(value)).replaceAll(/\s+/g, ' ').trim()
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text
}
