import { cellsOf } from './width.ts'

/**
 * The text in lines of at most so many cells, broken between words, those after the first with `indent` before them. A
 * word that is wider stays whole: ids and addresses are there to be copied.
 */
export function wrapped(text: string, columns: number, indent = ''): string[] {
  if (cellsOf(text) <= columns) return [text]
  const lines: string[] = []
  const start = /^ */.exec(text)![0]
  let line = start
  let isEmpty = true
  for (const word of text.slice(start.length).split(' ')) {
    if (!isEmpty && cellsOf(line) + 1 + cellsOf(word) > columns) {
      lines.push(line)
      line = indent
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
