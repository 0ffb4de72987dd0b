import { isObject, type JsonObject } from '../json.ts'
import type { Parsed } from '../parsed.ts'
import { ReportFault } from '../parsed.ts'
import { parseXml, type XmlDocument } from '../xml.ts'

/** The text of a report, seen as what it may be. Each view is made once, and is undefined where the text is none. */
export interface Source {
  readonly text: string
  /** Helps where the text says nothing: `tsc` that found nothing writes nothing. */
  readonly fileName: string
  readonly json: unknown
  /** A line of JSON each. */
  readonly lines: readonly JsonObject[]
  /** Lines among them that are none. */
  readonly tornLines: readonly number[]
  readonly xml: XmlDocument | undefined
  /** Why a text that begins as JSON or XML is none. */
  readonly fault: string | undefined
}

/** How a kind of report is known, and read. */
export interface FormatDefinition {
  /** What only reports of this kind have, as a sentence of the documentation. */
  readonly fingerprint: string
  readonly isOf: (source: Source) => boolean
  /** @throws ReportFault */
  readonly parse: (source: Source) => Parsed
}

export function sourceOf(text: string, fileName = ''): Source {
  const base = {
    text: text.replace(/^\ufeff/, ''),
    fileName,
    json: undefined,
    lines: [],
    tornLines: [],
    xml: undefined,
    fault: undefined,
  }
  const plain = base.text
  const start = plain.search(/\S/)
  const first = plain[start]
  if (first === '<') return xmlSource(base, plain)
  if (first === '{' || first === '[') return jsonSource(base, plain)
  // What npm and others print before a report, in lines of their own.
  const xmlAt = plain.search(/^<(?:\?xml|testsuite)/m)
  if (xmlAt > 0) return xmlSource(base, plain.slice(xmlAt))
  const jsonAt = plain.search(/^[{[]/m)
  const noisy = jsonAt > 0 ? jsonSource(base, plain.slice(jsonAt)) : base
  return noisy.json === undefined && noisy.lines.length === 0 ? base : noisy
}

function xmlSource(base: Source, text: string): Source {
  try {
    return { ...base, xml: parseXml(text) }
  } catch (error) {
    if (!(error instanceof ReportFault)) throw error
    return { ...base, fault: error.message }
  }
}

function jsonSource(base: Source, text: string): Source {
  const whole = jsonOf(text)
  const lines = linesOf(text)
  if (whole !== undefined) return { ...base, json: whole, ...(isObject(whole) ? { lines: [whole] } : {}) }
  if (lines.lines.length > 1 || (lines.lines.length === 1 && lines.tornLines.length > 0)) return { ...base, ...lines }
  // What is printed behind a report.
  const end = Math.max(text.lastIndexOf('\n}'), text.lastIndexOf('\n]'))
  const cut = end < 0 ? undefined : jsonOf(text.slice(0, end + 2))
  if (cut !== undefined) return { ...base, json: cut }
  return { ...base, ...lines, fault: `is not JSON: ${reasonOf(text)}` }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function reasonOf(text: string): string {
  try {
    JSON.parse(text)
    return 'it cannot be read'
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read'
  }
}

function linesOf(text: string): { readonly lines: readonly JsonObject[]; readonly tornLines: readonly number[] } {
  const lines: JsonObject[] = []
  const tornLines: number[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = line.trimStart().startsWith('{') ? jsonOf(line) : undefined
    if (isObject(value)) lines.push(value)
    else tornLines.push(i + 1)
  }
  return { lines, tornLines }
}

/** The names of the roots of an XML report: one name, or it is none. */
export function rootName(source: Source): string | undefined {
  const names = new Set(source.xml?.roots.map(({ name }) => name))
  return names.size === 1 ? [...names][0] : undefined
}
