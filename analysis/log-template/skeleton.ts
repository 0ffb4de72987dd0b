import { CONNECTOR, classAt, classOf, digitsEnd, isAlphanumeric } from './characters.ts'
import { PLACEHOLDERS, placeholderAt } from './kinds.ts'

/** What stands in a skeleton for anything that varies. */
export const WILDCARD = '*'

const LESS = 0x3c
const DOT = 0x2e
const BACKSLASH = 0x5c
const EQUALS = 0x3d
const SPACE_CODE = 0x20

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
    const end = unitEnd(template, at)
    if (end > at) {
      units.push({ text: unitText(template, at, end), start: at, end })
      at = end
    } else at = isOctalEscape(template, at) ? at + 4 : at + 1
  }
  return units
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
    else if (end - at === 1 && isSign(template, end, code)) return end + 1
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

/** `x+`, `z-`: a sign behind a single letter is part of its name. */
function isSign(template: string, at: number, code: number): boolean {
  return (code === 0x2b || code === 0x2d) && !isAlphanumeric(classAt(template, at + 1))
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
      text += WILDCARD
      at += PLACEHOLDERS[kind]!.length
    } else {
      hasLetter ||= isAlphanumeric(classOf(code))
      text += template[at++]
    }
  }
  if (!hasLetter) return WILDCARD
  const next = template.charCodeAt(end) === SPACE_CODE ? end + 1 : end
  return template.charCodeAt(next) === EQUALS ? `${text}=` : text
}

/** True for a word that names the value behind it, and so never is one. */
export function isKey(unit: string): boolean {
  return unit.endsWith('=')
}

/** Longest phrase that is looked for repetitions: lists repeat a name, a value or two, and a state. */
const MAX_PHRASE_UNITS = 8

/**
 * The skeleton of a template: its words in order, with every list folded to one element: `* * *` to `*`, and any phrase
 * with a variable in it that is repeated (`node-* * ok node-* * ok`) to one occurrence. How long a list was is not what
 * the message is about.
 */
export function skeletonOf(template: string): string[] {
  return foldPhrases(unitsOf(template).map(unit => unit.text))
}

/** `units` with the units at `positions` replaced by wildcards, and folded again. */
export function generalised(units: readonly string[], ...positions: number[]): string[] {
  const general = [...units]
  for (const position of positions) general[position] = WILDCARD
  return foldPhrases(general)
}

function foldPhrases(units: string[]): string[] {
  let folded = units
  for (let length = 1; length <= MAX_PHRASE_UNITS && 2 * length <= folded.length; length++)
    folded = fold(folded, length)
  return fold(folded, 1)
}

function fold(units: readonly string[], length: number): string[] {
  const kept: string[] = []
  for (const unit of units) {
    kept.push(unit)
    const first = kept.length - 2 * length
    if (first < 0 || kept[first + length - 1] !== unit) continue
    let varies = false
    let isRepeated = true
    for (let at = first; at < first + length && isRepeated; at++) {
      isRepeated = kept[at] === kept[at + length]
      varies ||= kept[at]!.includes(WILDCARD)
    }
    if (isRepeated && varies) kept.length -= length
  }
  return kept
}

/** How many words of a skeleton are not variable. */
export function literalWords(units: readonly string[]): number {
  let count = 0
  for (const unit of units) if (unit !== WILDCARD) count++
  return count
}
