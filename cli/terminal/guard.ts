import { once } from 'node:events'
import { HIDING, VARIATIONS } from '../../pipeline/hidden-text.ts'

/**
 * The one way to a terminal. Every text that a command writes to stdout or stderr passes here, whoever wrote it and
 * whichever command prints it: what senders put into it is shown and does nothing. Our own drawing is the exception,
 * and has one function for it.
 */
type Write = NodeJS.WriteStream['write']

const unguarded = new WeakMap<NodeJS.WriteStream, Write>()

/** Text as a terminal may have it: each hiding character is a dot. */
export function shown(text: string): string {
  return text.replace(HIDING, '·').replace(VARIATIONS, '')
}

/** From here on all text that is written to the stream goes through `shown`. Once for a stream. */
export function guardTerminal(stream: NodeJS.WriteStream): void {
  if (unguarded.has(stream)) return
  const write = stream.write.bind(stream) as Write
  unguarded.set(stream, write)
  stream.write = ((chunk: string | Uint8Array, ...rest: []) =>
    write(typeof chunk === 'string' ? shown(chunk) : chunk, ...rest)) as Write
}

/** Replaces the line that the cursor is on. The text may end with a line feed, and is shown as any other. */
export function redraw(stream: NodeJS.WriteStream, text: string): void {
  rawWrite(stream, `\r\x1b[2K${shown(text)}`)
}

/**
 * Prints JSON: as it is for programs; on a terminal what hides is escaped, which is the same JSON. `indent` is that of
 * JSON.stringify.
 */
export function printJson(value: unknown, indent?: number): void {
  const json = JSON.stringify(value, null, indent)
  rawWrite(process.stdout, `${process.stdout.isTTY === true ? escaped(json) : json}\n`)
}

/** For what another program reads line by line: as it is, but not on a terminal. */
export function printLines(text: string): void {
  rawWrite(process.stdout, process.stdout.isTTY === true ? shown(text) : text)
}

/** The same JSON without a character that hides: within strings alone, as there is none elsewhere. */
export function escaped(json: string): string {
  const codes = (text: string) =>
    Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
  return json.replace(HIDING, codes).replace(VARIATIONS, codes)
}

function rawWrite(stream: NodeJS.WriteStream, text: string): void {
  const write = unguarded.get(stream)
  if (write === undefined) stream.write(text)
  else write(text)
}

/** What a colour says; none is only for looks. */
export type Meaning = 'bad' | 'warning' | 'good' | 'heading' | 'beside'
export type Piece = string | { readonly text: string; readonly means: Meaning | undefined }
export type Line = readonly Piece[]

const BEGINS: Readonly<Record<Meaning, string>> = {
  bad: '\x1b[31m',
  warning: '\x1b[33m',
  good: '\x1b[32m',
  heading: '\x1b[1m',
  beside: '\x1b[2m',
}
const ENDS = '\x1b[0m'

/** https://no-color.org: set and not empty means none. */
export function usesColour(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv = process.env): boolean {
  if (environment.NO_COLOR) return false
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0'
  return stream.isTTY === true && environment.TERM !== 'dumb'
}

/** Lines with our colours around other people's text, each of whose pieces is made harmless by itself. */
export function painted(lines: readonly Line[], inColour: boolean): string {
  const piece = (one: Piece) => {
    if (typeof one === 'string') return shown(one)
    const text = shown(one.text)
    return inColour && one.means !== undefined && text !== '' ? `${BEGINS[one.means]}${text}${ENDS}` : text
  }
  return lines.map(line => `${line.map(piece).join('')}\n`).join('')
}

export function printPainted(lines: readonly Line[]): void {
  rawWrite(process.stdout, painted(lines, usesColour(process.stdout)))
}

/**
 * For programs: text as it is, a part of an answer. On a terminal what hides is escaped in JSON and a dot elsewhere.
 * Resolves when whoever reads has room for more.
 */
export async function printData(text: string, what: 'json' | 'text' = 'text'): Promise<void> {
  const isTerminal = process.stdout.isTTY === true
  if (text !== '') rawWrite(process.stdout, !isTerminal ? text : what === 'json' ? escaped(text) : shown(text))
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
}
