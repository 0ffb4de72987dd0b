import { numericTraits } from './numeric-traits.ts'
import type { Trait } from './trait.ts'

export type AttributeValue = string | number | boolean
/** What is known of one unit: a request, a span, a log record. A key may have several values. */
export type Attributes = Readonly<Record<string, AttributeValue | readonly AttributeValue[]>>

/** Two sets of units, numbered through: 0 to `first - 1` are the first set, the next `second` are the second. */
export interface Units {
  readonly first: number
  readonly second: number
  readonly traits: readonly Trait[]
}

/** Of each set. A share is then known to 1 in 100, and more units cost time and change nothing that is told. */
const SAMPLE_MAX = 5_000
const VALUE_CHARS_MAX = 200

/**
 * Two lists of records as sets of units. Of more than SAMPLE_MAX each so many-th is taken: the same ones every time, and
 * from the whole length of the list.
 */
export function unitsOf(first: readonly Attributes[], second: readonly Attributes[]): Units {
  const firsts = sample(first)
  const all = [...firsts, ...sample(second)]
  const byTrait = new Map<string, { key: string; value: string; units: number[] }>()
  const numbers = new Map<string, { unit: number; number: number }[]>()
  for (const [unit, attributes] of all.entries()) {
    for (const [key, given] of Object.entries(attributes)) {
      for (const one of Array.isArray(given) ? given : [given]) {
        if (typeof one === 'number') {
          const list = numbers.get(key)
          if (list === undefined) numbers.set(key, [{ unit, number: one }])
          else list.push({ unit, number: one })
        }
        const value = String(one).slice(0, VALUE_CHARS_MAX)
        const name = `${key}\u0000${value}`
        const known = byTrait.get(name)
        if (known === undefined) byTrait.set(name, { key, value, units: [unit] })
        else if (known.units.at(-1) !== unit) known.units.push(unit)
      }
    }
  }
  const traits = [...byTrait.values(), ...[...numbers].flatMap(([key, values]) => numericTraits(key, values))]
  return { first: firsts.length, second: all.length - firsts.length, traits }
}

function sample<T>(list: readonly T[]): readonly T[] {
  if (list.length <= SAMPLE_MAX) return list
  return Array.from({ length: SAMPLE_MAX }, (_, i) => list[Math.floor((i * list.length) / SAMPLE_MAX)]!)
}
