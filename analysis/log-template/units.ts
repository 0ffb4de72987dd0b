import { CONNECTOR, classAt, classOf, digitsEnd, isAlphanumeric, isLetter, isUpper } from './characters.ts'
import { BOOL, CLIENT, PLACEHOLDERS, placeholderAt } from './kinds.ts'

/** What stands in a skeleton for anything that varies. */
export const WILDCARD = '*'

/** Between the words of a name of several: hashed like a letter, so the name never looks like its words. */
export const NAME_SPACE = '\u00a0'

const LESS = 0x3c
const DOT = 0x2e
const BACKSLASH = 0x5c
const EQUALS = 0x3d
const SPACE_CODE = 0x20
const PLUS = 0x2b
const DASH = 0x2d
const STAR = 0x2a
const EXCLAMATION = 0x21
const COLON = 0x3a
const SLASH = 0x2f

/** One word of a template, as grouping sees it. */
export interface Unit {
  /**
   * The word. Its variable parts are WILDCARD (`core.*`), and a word that is nothing else is WILDCARD alone. A word that
   * names a value keeps its sign (`uid=`).
   */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The words of a template's text, less its punctuation, with a wildcard for each variable. */
export function unitsOf(template: string): Unit[] {
  const units: Unit[] = []
  let at = 0
  while (at < template.length) {
    if (isEmptyList(template, at)) {
      units.push({ text: WILDCARD, start: at, end: at + 2 })
      at += 2
      continue
    }
    const end = isNoValue(template, at) ? at + 1 : unitEnd(template, at)
    if (end > at) {
      units.push({ text: unitText(template, at, end), start: at, end })
      at = end
    } else at = isOctalEscape(template, at) ? at + 4 : at + 1
  }
  return units
}

/** `with tags [] at`: a list of no elements, where others have some. */
function isEmptyList(template: string, at: number): boolean {
  const isList = template.startsWith('[]', at) || template.startsWith('{}', at)
  return isList && template.charCodeAt(at - 1) === SPACE_CODE && ' ,;.'.includes(template.charAt(at + 2) || ' ')
}

/** A unit runs over letters, digits and placeholders, and the connectors between them. */
function unitEnd(template: string, at: number): number {
  let end = at
  while (end < template.length) {
    const code = template.charCodeAt(end)
    const cls = classOf(code)
    if (isAlphanumeric(cls)) end++
    else if (code === LESS && placeholderAt(template, end) >= 0) end = template.indexOf('>', end) + 1
    else if (end > at && cls === CONNECTOR && isPartAt(template, end + 1)) end++
    else if (end > at && isSign(template, end, code)) return end + 1
    else if (isInstance(template, at, end)) return template.indexOf('>', end) + 2
    else if (code === COLON && isPort(template, at, end)) return end + PORT.length
    else if (code === SLASH && isPartAt(template, end + 1) && hasNamePart(template, at, end)) end++
    else break
  }
  return end
}

function isPartAt(template: string, at: number): boolean {
  const cls = classAt(template, at)
  // Connectors may run (`blk_-<num>`), dots may not: a row of dots stands between a name and its value.
  const isRun = cls === CONNECTOR && template.charCodeAt(at) !== DOT && isAlphanumeric(classAt(template, at + 1))
  return isAlphanumeric(cls) || isRun || (template.charCodeAt(at) === LESS && placeholderAt(template, at) >= 0)
}

/** `x+`, `DNS-`, `DNS!` within a sentence: a sign behind a name with a blank behind it is part of what it says. */
function isSign(template: string, at: number, code: number): boolean {
  if (!isLetter(classAt(template, at - 1)) || isAlphanumeric(classAt(template, at + 1))) return false
  if (code === PLUS || code === DASH) return template.charCodeAt(at + 1) !== code
  if (code !== STAR && code !== EXCLAMATION) return false
  return template.charCodeAt(at + 1) === SPACE_CODE && isLetter(classAt(template, at + 2))
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '{': '}' }

/** `LOCAL(<num>)`, `WorkSource{<num>}`, `basket-<num>(<hex>)`: a name with its number is one word. `close(<num>)` is a call. */
function isInstance(template: string, start: number, end: number): boolean {
  const closing = CLOSING[template.charAt(end)]
  if (end === start || closing === undefined || placeholderAt(template, end + 1) < 0) return false
  if (template.charAt(template.indexOf('>', end) + 1) !== closing) return false
  return isUpper(classAt(template, start)) || template.slice(start, end).includes('<')
}

const PORT = ':<num>'
const BEFORE_HOST = /(?:^|[ [(])(?:to|from|at|by|via|with|on|proxy|peer) $/

/** `wpad:<num>` at the head of a message or behind `to`: a host without a dot, and its port. */
function isPort(template: string, start: number, end: number): boolean {
  if (end - start < 2 || !template.startsWith(PORT, end) || isAlphanumeric(classAt(template, end + PORT.length)))
    return false
  return start === 0 || BEFORE_HOST.test(template.slice(Math.max(0, start - 8), start))
}

/** `shop/basket-<num>`, `kube-system/kube-scheduler`: a name within another. `TCP/IP`, `load/store` are two words. */
function hasNamePart(template: string, start: number, end: number): boolean {
  if (!isAlphanumeric(classAt(template, start)) && template.charCodeAt(start) !== LESS) return false
  if (template.slice(start, end).includes('<')) return true
  let next = end + 1
  while (next < template.length && (isAlphanumeric(classAt(template, next)) || classAt(template, next) === CONNECTOR))
    next++
  return template.charCodeAt(next) === LESS || /[-_]/.test(template.slice(start, next))
}

/** `server: _`, `address: -`: nothing, in a value's place. */
function isNoValue(template: string, at: number): boolean {
  const code = template.charCodeAt(at)
  if (code !== DASH && code !== 0x5f) return false
  const [before, after] = [template.charAt(at - 2), template.charAt(at + 1)]
  return (
    template.charCodeAt(at - 1) === SPACE_CODE && (before === ':' || before === '=') && ' ,;)'.includes(after || ' ')
  )
}

/** `\042`, a quotation mark as syslog daemons write it. */
function isOctalEscape(template: string, at: number): boolean {
  return template.charCodeAt(at) === BACKSLASH && digitsEnd(template, at + 1, 3) === at + 4
}

function unitText(template: string, start: number, end: number): string {
  let text = ''
  let at = start
  let hasLetter = false
  while (at < end) {
    const code = template.charCodeAt(at)
    const kind = code === LESS ? placeholderAt(template, at) : -1
    if (kind >= 0) {
      // True and false are opposites: where one of them stands is no proof that anything may.
      // An access log's line is another statement than what merely begins with a time.
      const isKept = kind === BOOL || kind === CLIENT
      hasLetter ||= isKept
      text += isKept ? PLACEHOLDERS[kind]! : WILDCARD
      at += PLACEHOLDERS[kind]!.length
    } else {
      hasLetter ||= isAlphanumeric(classOf(code))
      text += template[at++]
    }
  }
  if (!hasLetter) return WILDCARD
  const next = template.charCodeAt(end) === SPACE_CODE ? end + 1 : end
  if (template.charCodeAt(next) === EQUALS) return `${text}=`
  return start > 0 && template.charCodeAt(end) === COLON && template.charCodeAt(end + 1) === SPACE_CODE
    ? `${text}:`
    : text
}
