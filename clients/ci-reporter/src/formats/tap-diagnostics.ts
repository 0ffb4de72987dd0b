/**
 * The YAML under a result of TAP, as far as node:test writes it: a key and a value in a line, or a block of text under
 * `key: |-`. What is nested deeper (expected and actual of an assertion) is passed over. `next` is the line after it.
 */
export function readDiagnostics(
  lines: readonly string[],
  start: number,
  indent: number,
): { readonly values: ReadonlyMap<string, string>; readonly next: number } {
  const values = new Map<string, string>()
  const margin = ' '.repeat(indent + 2)
  if (lines[start] !== `${margin}---`) return { values, next: start }
  let i = start + 1
  for (; i < lines.length && lines[i] !== `${margin}...`; i++) {
    const line = lines[i]!
    // A report that was cut off here has no end of the block: what is not indented belongs to the next result.
    if (line.trim() !== '' && !line.startsWith(margin)) return { values, next: i }
    const match = /^(\w{1,60}):(?: (.*))?$/.exec(line.slice(margin.length))
    if (match === null) continue
    const [, key, value = ''] = match
    if (value === '|-' || value === '|') {
      const end = endOfBlock(lines, i + 1, indent + 4)
      const block = lines.slice(i + 1, end).map(text => text.slice(indent + 4))
      values.set(key!, block.join('\n').trimEnd())
      i = end - 1
    } else if (value !== '' && value !== '~') values.set(key!, unquoted(value))
  }
  return { values, next: Math.min(i + 1, lines.length) }
}

function endOfBlock(lines: readonly string[], start: number, indent: number): number {
  const margin = ' '.repeat(indent)
  let i = start
  while (i < lines.length && (lines[i]!.trim() === '' || lines[i]!.startsWith(margin))) i++
  return i
}

/** node:test quotes as `util.inspect` does. */
function unquoted(value: string): string {
  const quote = value[0]
  if (value.length < 2 || quote !== value.at(-1) || (quote !== "'" && quote !== '"' && quote !== '`')) return value
  return value.slice(1, -1).replace(/\\([\\'"`nt])/g, (_, character: string) => ESCAPED.get(character) ?? character)
}

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
])
