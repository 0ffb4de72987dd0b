import { carriesOutcome } from './outcomes.ts'
import { literalWords } from './skeleton.ts'
import { WILDCARD } from './units.ts'

/** What is said in fewer words is not known well enough to be the same with more behind it. */
const MIN_SHARED_WORDS = 4
/** Fields that a statement may add. */
const MAX_TAIL_FIELDS = 4

/**
 * How many units stand before the fields at the end of a skeleton that it may go without (`…, host: *, referrer: *`):
 * labels with a variable behind each, none of which says how something went. One number for each way to end earlier.
 */
export function endsWithoutTail(units: readonly string[]): number[] {
  const ends: number[] = []
  let end = units.length
  for (let field = 0; field < MAX_TAIL_FIELDS; field++) {
    if (units[end - 1] !== WILDCARD || !isLabel(units[end - 2])) break
    end -= 2
    // `redo lsn=*`: a label of two words.
    if (units[end - 2] === WILDCARD && isPlain(units[end - 1])) end--
    if (mayEndAt(units, end)) ends.push(end)
  }
  return ends
}

/** True for a skeleton whose statement may go on with fields: it ends in a value and says enough. */
export function mayEndAt(units: readonly string[], end: number): boolean {
  return units[end - 1] === WILDCARD && literalWords(units.slice(0, end)) >= MIN_SHARED_WORDS
}

/** That somebody is known to whom it happened is another event: logins fail for accounts that there are not. */
const WHO = new Set('user username account login ruser'.split(' '))

function isLabel(unit: string | undefined): boolean {
  if (unit === undefined || !(unit.endsWith(':') || unit.endsWith('='))) return false
  return !WHO.has(unit.slice(0, -1).toLowerCase()) && !carriesOutcome(unit)
}

function isPlain(unit: string | undefined): boolean {
  return unit !== undefined && !unit.includes(WILDCARD) && !carriesOutcome(unit)
}
