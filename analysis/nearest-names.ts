/** Those of `names` that a person who wrote `asked` may have meant, the nearest first. */
export function nearestNames(names: readonly string[], asked: string, count: number): string[] {
  // As a share of the longer one: half of a long name is nearer than another short one.
  const apart = (name: string) => distance(name, asked) / Math.max(1, name.length, asked.length)
  return names.toSorted((a, b) => apart(a) - apart(b)).slice(0, count)
}

/** Edits between two names (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost))
    }
    row = next
  }
  return row[b.length]!
}
