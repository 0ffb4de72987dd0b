import { foldNamesAndLists, wordsIn } from './names-and-lists.ts'
import { unitsOf, WILDCARD } from './units.ts'

/** What stands in a skeleton for the place that is asked about: never folded into what varies beside it. */
export const OPEN = '?'

/** Longest phrase that is looked for repetitions: lists repeat a name, a value or two, and a state. */
const MAX_PHRASE_UNITS = 8

/**
 * The skeleton of a template: its words in order, with every list folded to one element: `* * *` to `*`, and any phrase
 * with a variable in it that is repeated (`node-* * ok node-* * ok`) to one occurrence. How long a list was is not what
 * the message is about.
 */
export function skeletonOf(template: string): string[] {
  return foldPhrases(foldNamesAndLists(template, unitsOf(template)).map(unit => unit.text))
}

/**
 * `units` with those at `positions` replaced by `mark`. The shape stays: a word beside a variable is not part of it, so
 * `volume * failed` is never the same as `volume *`.
 */
export function replaced(units: readonly string[], mark: string, ...positions: number[]): string[] {
  const general = [...units]
  for (const position of positions) general[position] = mark
  return general
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
  for (const unit of units) if (unit !== OPEN) count += wordsIn(unit)
  return count
}
