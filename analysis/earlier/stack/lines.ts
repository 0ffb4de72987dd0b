import { MAX_LINE_CHARS, MAX_STACK_CHARS } from './parsed.ts'

// Colours and styles, as terminals take them.
const ESCAPES = /\x1b\[[0-9;]*[A-Za-z]/g

/**
 * The lines of a trace, ready to be read: the middle of an overlong text is left out (the throw site is at one end and
 * the root cause at the other), overlong lines are cut, colours and carriage returns are gone. A trace that some logger
 * has flattened with a literal `\n` gets its lines back.
 */
export function stackLines(text: string): string[] {
  let stack = text
  if (stack.length > MAX_STACK_CHARS) {
    stack = `${stack.slice(0, MAX_STACK_CHARS / 2)}\n${stack.slice(-MAX_STACK_CHARS / 2)}`
  }
  if (stack.includes('\x1b')) stack = stack.replace(ESCAPES, '')
  if (!stack.includes('\n') && stack.includes('\\n')) stack = stack.replaceAll('\\n', '\n').replaceAll('\\t', '\t')
  const lines = stack.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    if (line.length > MAX_LINE_CHARS) lines[i] = line.slice(0, MAX_LINE_CHARS)
    else if (line.endsWith('\r')) lines[i] = line.slice(0, -1)
  }
  return lines
}

/** The number of leading blanks. */
export function indentOf(line: string): number {
  let indent = 0
  while (indent < line.length && isBlank(line.charCodeAt(indent))) indent++
  return indent
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
