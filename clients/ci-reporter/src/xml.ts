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
const ATTRIBUTE = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const TAIL = /\s*(\/?)>/y

/**
 * Reads a document and returns its root. Strict where leniency would lose something without a word: one root, every
 * element closed, entities that exist. Document type declarations are refused: no test runner writes one, and their
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
      const piece = text.slice(at, end)
      // trim() takes a byte order mark too.
      if (stack.length === 1 && piece.trim() !== '') throw fault('text outside of the root')
      top.text += withEntities(piece, fault)
      at = end
    } else if (text.startsWith('<!--', at)) at = until('-->', at + 4) + 3
    else if (text.startsWith('<?', at)) at = until('?>', at + 2) + 2
    else if (text.startsWith('<![CDATA[', at)) {
      if (stack.length === 1) throw fault('CDATA outside of the root')
      const end = until(']]>', at)
      top.text += text.slice(at + 9, end)
      at = end + 3
    } else if (text.startsWith('<!', at)) throw fault('a document type declaration')
    else if (text.startsWith('</', at)) {
      const end = until('>', at)
      const name = text.slice(at + 2, end).trimEnd()
      if (stack.length === 1 || top.name !== name) throw fault(`</${name.slice(0, 40)}> closes nothing`)
      stack.pop()
      at = end + 1
    } else {
      const { element, end, isOpen } = readTag(text, at, fault)
      if (stack.length === 1 && root.children.length > 0) throw fault(`a second root <${element.name.slice(0, 40)}>`)
      at = end
      top.children.push(element)
      if (isOpen) stack.push(element)
      if (stack.length > MAX_DEPTH) throw fault('elements too deep')
    }
  }
  if (stack.length > 1) throw fault(`<${stack.at(-1)!.name}> is not closed`)
  const [first] = root.children
  if (first === undefined) throw fault('no element')
  return first
}

type Fault = (what: string) => ReportFault

function readTag(text: string, at: number, fault: Fault): { element: Open; end: number; isOpen: boolean } {
  NAME.lastIndex = at + 1
  const name = NAME.exec(text)?.[0]
  if (name === undefined) throw fault('a < that opens nothing')
  const attributes = new Map<string, string>()
  let end = at + 1 + name.length
  for (;;) {
    ATTRIBUTE.lastIndex = end
    const match = ATTRIBUTE.exec(text)
    if (match === null) break
    if (attributes.has(match[1]!)) throw fault(`${match[1]!.slice(0, 40)} twice in <${name.slice(0, 40)}>`)
    attributes.set(match[1]!, withEntities(match[2] ?? match[3] ?? '', fault))
    end = ATTRIBUTE.lastIndex
  }
  TAIL.lastIndex = end
  const closing = TAIL.exec(text)
  if (closing === null) throw fault(`<${name.slice(0, 40)}> does not end`)
  const element = { name, attributes: Object.fromEntries(attributes), children: [], text: '' }
  return { element, end: TAIL.lastIndex, isOpen: closing[1] === '' }
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
])

/** A test may print any byte: what XML cannot name becomes U+FFFD, and an & that begins no entity stays one. */
function withEntities(text: string, fault: Fault): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([A-Za-z]\w{0,31}));/g, (_, decimal, hex, name) => {
    if (name !== undefined) {
      const known = ENTITIES.get(String(name))
      if (known === undefined) throw fault(`the unknown entity &${String(name)};`)
      return known
    }
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal)
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return isCharacter ? String.fromCodePoint(code) : '\ufffd'
  })
}
