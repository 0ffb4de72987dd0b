import { ReportFault } from './parsed.ts'

/** An element of an XML document: enough of XML for what test runners write. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  /** Its own text, CDATA included. */
  readonly text: string
}

interface Open {
  name: string
  attributes: Record<string, string>
  children: Element[]
  text: string
}

const MAX_DEPTH = 100
const NAME = /[A-Za-z_:][\w:.-]*/y
const ATTRIBUTE = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/y

/**
 * Reads a document and returns its root. Document type declarations are refused: no test runner writes one, and their
 * entities are how an XML file attacks its reader.
 * @throws ReportFault with the line
 */
export function parseXml(text: string): Element {
  const root: Open = { name: '', attributes: {}, children: [], text: '' }
  const stack: Open[] = [root]
  let at = 0
  const fault = (what: string) =>
    new ReportFault(`is not the XML of a test runner: ${what} in line ${text.slice(0, at).split('\n').length}`)
  const until = (end: string, from: number): number => {
    const found = text.indexOf(end, from)
    if (found < 0) throw fault(`no ${end}`)
    return found
  }
  while (at < text.length) {
    const top = stack.at(-1)!
    if (text[at] !== '<') {
      const next = text.indexOf('<', at)
      const end = next < 0 ? text.length : next
      top.text += withEntities(text.slice(at, end))
      at = end
    } else if (text.startsWith('<!--', at)) at = until('-->', at + 4) + 3
    else if (text.startsWith('<?', at)) at = until('?>', at + 2) + 2
    else if (text.startsWith('<![CDATA[', at)) {
      const end = until(']]>', at)
      top.text += text.slice(at + 9, end)
      at = end + 3
    } else if (text.startsWith('<!', at)) throw fault('a document type declaration')
    else if (text.startsWith('</', at)) {
      const end = until('>', at)
      const name = text.slice(at + 2, end).trim()
      if (stack.length === 1 || top.name !== name) throw fault(`</${name.slice(0, 40)}> closes nothing`)
      stack.pop()
      at = end + 1
    } else {
      const element: Open = { name: '', attributes: {}, children: [], text: '' }
      NAME.lastIndex = at + 1
      const name = NAME.exec(text)?.[0]
      if (name === undefined) throw fault('a < that opens nothing')
      element.name = name
      let end = at + 1 + name.length
      for (;;) {
        ATTRIBUTE.lastIndex = end
        const match = ATTRIBUTE.exec(text)
        if (match === null) break
        element.attributes[match[1]!] = withEntities(match[2] ?? match[3] ?? '')
        end = ATTRIBUTE.lastIndex
      }
      const tail = /\s*(\/?)>/y
      tail.lastIndex = end
      const closing = tail.exec(text)
      if (closing === null) throw fault(`<${name}> does not end`)
      at = tail.lastIndex
      top.children.push(element)
      if (closing[1] === '') stack.push(element)
      if (stack.length > MAX_DEPTH) throw fault('elements too deep')
    }
  }
  if (stack.length > 1) throw fault(`<${stack.at(-1)!.name}> is not closed`)
  const [first] = root.children
  if (first === undefined) throw fault('no element')
  return first
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function withEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name)] ?? whole
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
  })
}
