import { SaxesParser } from 'saxes'
import { ReportFault } from './parsed.ts'

export interface Element {
  /** Without a namespace's prefix. */
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  /** Its own text, CDATA included. */
  readonly text: string
  /** The document ended within it. */
  readonly isTorn: boolean
}

export interface XmlDocument {
  /** Several where reports were written one behind the other. */
  readonly roots: readonly Element[]
  /** What is wrong with it, each as a sentence that goes on after the file's name. */
  readonly faults: readonly string[]
  readonly isTorn: boolean
}

interface Open {
  name: string
  attributes: Record<string, string>
  children: Open[]
  text: string
  isTorn: boolean
}

const MAX_DEPTH = 100
/** Test runners write what tests print, characters that XML has not among it: nothing is lost by these. */
const HARMLESS =
  /disallowed character|XML declaration|\]\]>|character reference|invalid character entity|expected one of|expected the name|version number/i

/**
 * Reads a document as far as it goes: what a killed tool left without its end is kept, and told. Entities that a
 * document defines itself are not expanded, which is how an XML file attacks its reader.
 * @throws ReportFault for what has no element at all, or too many within each other
 */
export function parseXml(text: string): XmlDocument {
  const top: Open = { name: '', attributes: {}, children: [], text: '', isTorn: false }
  const stack: Open[] = [top]
  const faults: string[] = []
  const parser = new SaxesParser({ fragment: true })
  parser.on('error', ({ message }) => {
    if (!HARMLESS.test(message) && !/unclosed tag/.test(message)) faults.push(message)
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (stack.length > MAX_DEPTH) throw new ReportFault('is XML with elements too deep')
    const local = name.slice(name.indexOf(':') + 1)
    const element = {
      name: local,
      attributes: Object.fromEntries(Object.entries(attributes)),
      children: [],
      text: '',
      isTorn: true,
    }
    stack.at(-1)!.children.push(element)
    stack.push(element)
  })
  parser.on('closetag', () => {
    if (stack.length > 1) stack.pop()!.isTorn = false
  })
  const add = (piece: string) => {
    stack.at(-1)!.text += piece
  }
  parser.on('text', add)
  parser.on('cdata', add)
  parser.write(text.replace(/^\ufeff/, ''))
  const open = stack.slice(1)
  for (const element of open) element.isTorn = true
  // close() tells what a torn document lacks, and hands on its last text.
  parser.off('closetag')
  try {
    parser.close()
  } catch (error) {
    if (error instanceof ReportFault) throw error
  }
  if (top.children.length === 0)
    throw new ReportFault(`is XML without an element${faults[0] === undefined ? '' : `: ${faults[0]}`}`)
  const isTorn = open.length > 0
  return {
    roots: top.children,
    isTorn,
    faults: [
      ...(isTorn ? [`is cut off within <${open.at(-1)!.name.slice(0, 40)}>`] : []),
      ...(faults.length > 0 ? [`is XML with ${faults.length} faults, the first: ${faults[0]!.slice(0, 200)}`] : []),
    ],
  }
}
