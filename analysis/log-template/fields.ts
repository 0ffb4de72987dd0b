import { carriesFailure } from './outcomes.ts'
import { literalWords } from './skeleton.ts'
import { WILDCARD } from './units.ts'

/** One label and its value may be what a sentence is about; two in a row are figures that it is told with. */
const MIN_FIELDS = 2
/** What is left without the fields has to say enough. */
const MIN_WORDS_BESIDE = 3
/** `DF`, `SYN`: set or not, between fields. */
const MAX_FLAG_CHARS = 4

/**
 * The units with every run of labelled values (`total=*, active=*`, `Views: * | Allocations: *`) as one wildcard, or
 * undefined where there is none: which figures a statement tells depends on what there was to measure. That it tells an
 * error or a failure is more than a figure.
 */
export function withoutFields(units: readonly string[]): string[] | undefined {
  const kept: string[] = []
  let at = 0
  while (at < units.length) {
    const end = runEnd(units, at)
    if (end === at) kept.push(units[at++]!)
    else {
      if (kept.at(-1) !== WILDCARD) kept.push(WILDCARD)
      at = end
    }
  }
  return kept.length < units.length && literalWords(kept) >= MIN_WORDS_BESIDE ? kept : undefined
}

function runEnd(units: readonly string[], start: number): number {
  let at = start
  let end = start
  let fields = 0
  while (at < units.length) {
    if (isField(units, at)) {
      fields++
      at += 2
      end = at
    } else if (fields > 0 && isFlag(units[at]!) && isField(units, at + 1)) at++
    else break
  }
  return fields >= MIN_FIELDS ? end : start
}

function isField(units: readonly string[], at: number): boolean {
  const label = units[at]
  if (label === undefined || units[at + 1] !== WILDCARD || !(label.endsWith(':') || label.endsWith('='))) return false
  return !carriesFailure(label)
}

function isFlag(unit: string): boolean {
  return unit.length <= MAX_FLAG_CHARS && /^[A-Z]+$/.test(unit)
}
