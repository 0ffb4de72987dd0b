import type { Trait } from './trait.ts'

/** Fewer distinct numbers are names: a status code, a count of items. Each of them is a trait of its own. */
const DISTINCT_MIN = 8
/** Ranges are cut where so many parts of all units lie on each side. */
const PARTS = 10

/** Ranges of a number, `≥ 40` and `< 40`, cut at tenths of all units; none where the numbers are few. */
export function numericTraits(
  key: string,
  values: readonly { readonly unit: number; readonly number: number }[],
): Trait[] {
  const byUnit = [...new Map(values.map(({ unit, number }) => [unit, number]))]
  const sorted = byUnit.map(([, number]) => number).toSorted((a, b) => a - b)
  if (new Set(sorted).size < DISTINCT_MIN) return []
  const cuts = new Set(
    Array.from({ length: PARTS - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / PARTS)]!),
  )
  cuts.delete(sorted[0]!)
  const unitsWhere = (holds: (number: number) => boolean) =>
    byUnit.flatMap(([unit, number]) => (holds(number) ? [unit] : [])).toSorted((a, b) => a - b)
  return [...cuts].flatMap(cut => [
    { key, value: `≥ ${cut}`, units: unitsWhere(number => number >= cut) },
    { key, value: `< ${cut}`, units: unitsWhere(number => number < cut) },
  ])
}
