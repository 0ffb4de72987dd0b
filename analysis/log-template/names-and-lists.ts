import { classAt, isUpper } from './characters.ts'
import { isFunctionWord } from './evidence.ts'
import { carriesFailure, carriesOutcome } from './outcomes.ts'
import { NAME_SPACE, type Unit, WILDCARD } from './units.ts'

/** The units with every list as one wildcard, and every name of several words (`Print Spooler`) as one unit. */
export function foldNamesAndLists(template: string, units: readonly Unit[]): Unit[] {
  const folded: Unit[] = []
  let index = 0
  while (index < units.length) {
    const list = listEnd(template, units, index)
    const end = list > index ? list : nameEnd(template, units, index)
    const first = units[index]!
    if (list > index) folded.push({ text: WILDCARD, start: first.start, end: units[list - 1]!.end })
    else if (end > index + 1) {
      const words = units.slice(index, end)
      folded.push({ text: words.map(({ text }) => text).join(NAME_SPACE), start: first.start, end: words.at(-1)!.end })
    } else folded.push(first)
    index = Math.max(end, index + 1)
  }
  return folded
}

/** Names of more words are headings. */
const MAX_NAME_WORDS = 5

/** The end of a run of two or more words with capitals in the middle of a sentence, none of which says how it went. */
function nameEnd(template: string, units: readonly Unit[], start: number): number {
  // Sentences and headings begin with a capital, too.
  const before = units[start - 1]
  if (before === undefined || !isJoinedBySpace(template, before, units[start]!)) return start
  let end = start
  while (end < units.length && end - start < MAX_NAME_WORDS) {
    if (end > start && !isJoinedBySpace(template, units[end - 1]!, units[end]!)) break
    if (!isNameWord(units[end]!.text)) break
    end++
  }
  // `Memory Size: 128`: what stands before a value names it.
  const isLabel = end > start && ':='.includes(template.charAt(units[end - 1]!.end) || ' ')
  return end - start >= 2 && !isLabel ? end : start
}

function isNameWord(text: string): boolean {
  if (text.includes(WILDCARD) || text.endsWith(':') || !isUpper(classAt(text, 0)) || isFunctionWord(text.toLowerCase()))
    return false
  return !carriesFailure(text)
}

function isJoinedBySpace(template: string, one: Unit, two: Unit): boolean {
  return two.start === one.end + 1 && template.charAt(one.end) === ' '
}

const COLLECTION = /(?:Set|List|Map|Seq|Array|ArrayBuffer|Vector|Tuple|Some|Optional)$/

/**
 * The end of a list that begins with unit `start`: elements with commas between them, of which each is variable or
 * numbered, in whatever form; or glued (`spark,etl`); or in brackets (`[TERM, HUP]`, `Set(spark)`). `start` where none is.
 */
function listEnd(template: string, units: readonly Unit[], start: number): number {
  let end = start + 1
  let areVariable = units[start]!.text.includes(WILDCARD)
  let areGlued = true
  let hasOutcome = carriesOutcome(units[start]!.text)
  while (end < units.length) {
    const gap = template.slice(units[end - 1]!.end, units[end]!.start)
    if (gap !== ',' && gap !== ', ' && !(gap === '; ' && areVariable)) break
    areVariable &&= units[end]!.text.includes(WILDCARD)
    areGlued &&= gap === ','
    hasOutcome ||= carriesOutcome(units[end]!.text)
    end++
  }
  const hasSeveral = end > start + 1
  if (hasOutcome) return start
  if (hasSeveral && (areVariable || areGlued)) return end
  const open = template.charAt(units[start]!.start - 1)
  const close = template.charAt(units[end - 1]!.end)
  const isCollection = open === '(' && close === ')' && COLLECTION.test(units[start - 1]?.text ?? '')
  return isCollection || (open === '[' && close === ']' && hasSeveral) ? end : start
}

/** How many words a unit is: a name of several counts as such. */
export function wordsIn(unit: string): number {
  return unit === WILDCARD ? 0 : unit.split(NAME_SPACE).length
}
