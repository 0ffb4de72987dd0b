import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  parse as parseYaml,
  Scalar,
} from 'yaml'
import { type Environment, expand, holdsReference } from './environment.ts'
import type { Fault } from './fault.ts'

export type Path = readonly (string | number)[]

/** A parsed configuration file that still knows where each key stands. */
export interface Source {
  readonly file: string
  /** Plain data, references expanded, keys without a value left out (they mean "the default", as in the Collector). */
  readonly data: unknown
  /** Syntax errors and references that could not be expanded. */
  readonly faults: readonly Fault[]
  /** Where `path`, or its nearest ancestor that is in the file, stands. */
  locate(path: Path, what?: 'key' | 'value'): { line: number; column: number }
}

/** Reads YAML 1.2 text. Never throws: what is wrong is in `faults`. */
export function readSource(file: string, text: string, environment: Environment): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const faults: Fault[] = document.errors.map(error => ({
    file,
    ...at(error.pos[0]),
    key: '',
    message: `not valid YAML: ${error.message.split('\n')[0]?.replace(/ at line \d+.*$/, '')}`,
  }))
  const read = (node: unknown, path: Path): unknown => {
    if (isAlias(node)) return read(node.resolve(document), path)
    if (isMap(node)) return readMap(node.items, path)
    if (isSeq(node)) return node.items.map((item, i) => read(item, [...path, i]))
    if (!isScalar(node)) return undefined
    if (typeof node.value !== 'string' || !holdsReference(node.value)) return node.value ?? undefined
    const expanded = expand(node.value, environment)
    for (const message of expanded.faults) {
      faults.push({ file, ...at(node.range?.[0] ?? 0), key: path.join('.'), ...message })
    }
    return node.type === Scalar.PLAIN ? plainValue(expanded.text) : expanded.text
  }
  const readMap = (items: readonly unknown[], path: Path): Record<string, unknown> => {
    const entries: [string, unknown][] = []
    for (const item of items) {
      if (!isPair(item)) continue
      const key = isScalar(item.key) ? String(item.key.value) : String(item.key)
      const value = read(item.value, [...path, key])
      entries.push([key, value])
    }
    return Object.fromEntries(entries)
  }
  const data = document.errors.length > 0 ? undefined : read(document.contents, [])
  return { file, data, faults, locate: (path, what = 'key') => at(offsetOf(document, path, what)) }
}

/** An unquoted scalar made of a reference takes the type that its text would have had in the file. */
function plainValue(text: string): unknown {
  const value: unknown = /^[\w.+-]*$/.test(text) ? parseYaml(text) : text
  return value === null || typeof value === 'object' ? undefined : value
}

function offsetOf(document: Document.Parsed, path: Path, what: 'key' | 'value'): number {
  let node: Node | null = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) return offset
      const keyNode = pair.key as Node
      node = (pair.value as Node | null) ?? null
      offset = (what === 'value' ? node?.range?.[0] : keyNode.range?.[0]) ?? offset
    } else if (isSeq(node)) {
      node = (node.items[Number(step)] as Node | undefined) ?? null
      offset = node?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}
